"""Each rule: what breaks it, where it is told, and what is put right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from nsdoc.lint import KnownPages, Rule, lint, mend
from tests.lint.pages import CLEAN, file, found, page


@dataclass(frozen=True)
class Case:
    """A page that breaks one rule: `old` of the clean page gives way to `new`.

    The place is the line of `at`; `mended`, where the fault can be mended, is what `new` becomes.
    """

    rule: Rule
    new: str
    at: str
    mended: str | None = None
    old: str = "{}"


_LONG = "a page of words that go on and on until nobody can see where the line they are in comes to its end"
_WIDE = " ".join(["=" * 10] * 8)
CASES = [
    Case(Rule.MISSING_HEADING, "", "=", old="SEE ALSO\n========\n\n:manpage:`clone(2)`,\n"),
    Case(Rule.HEADING_ORDER, "x\n\nNOTES\n=====\n\nx\n\nBUGS\n====\n\nx\n\nFILES\n=====\n\nx", "FILES"),
    Case(Rule.HEADING_NAME, "x\n\nExample\n=======\n\nx", "Example"),
    Case(Rule.HEADING_NAME, "x\n\nCONFORMING TO\n=============\n\nx", "CONFORMING TO"),
    Case(Rule.HEADING_SECTION, "x\n\nRETURN VALUE\n============\n\nx", "RETURN VALUE"),
    Case(Rule.REPEATED_HEADING, "x\n\nNOTES\n=====\n\nx\n\nNOTES\n=====\n\n``y``", "NOTES\n=====\n\n``y"),
    Case(Rule.NAME_LINE, "thing - what it is.", "what it is", "thing - what it is", old="thing - what it is"),
    Case(Rule.NAME_LINE, "thing - The thing", "The thing", old="thing - what it is"),
    Case(Rule.NAME_LINE, "other, thing - what it is", "other", old="thing - what it is"),
    Case(Rule.BAD_DATE, ":date: 1 March 2026", ":date:", ":date: 2026-03-01", old=":date: 2026-03-01"),
    Case(Rule.BAD_DATE, ":date: Mar 1, 2026", ":date:", ":date: 2026-03-01", old=":date: 2026-03-01"),
    Case(Rule.BAD_DATE, ":date: 2026-02-30", ":date:", old=":date: 2026-03-01"),
    Case(Rule.ERROR_ORDER, "x\n\nERRORS\n======\n\nEPERM\n   Y.\n\nEACCES\n   Z.", "EACCES"),
    Case(Rule.SENTENCES_ON_LINE, "One thing. Two things.", "One", "One thing.\nTwo things."),
    Case(Rule.SENTENCES_ON_LINE, "- One *thing*. Two.", "One", "- One *thing*.\n  Two."),
    Case(Rule.SENTENCES_ON_LINE, "See :manpage:`clone(2)`. Two.", "See", "See :manpage:`clone(2)`.\nTwo."),
    Case(Rule.BROKEN_PHRASE, "It is the\nthing.", "It is", "It is\nthe thing."),
    Case(Rule.LONG_LINE, f"It is {_LONG}", _LONG),
    Case(Rule.LONG_LINE, f"It is so; {_LONG[:95]}", "so;", f"It is so;\n{_LONG[:95]}"),
    Case(Rule.BAD_REFERENCE, ":manpage:`clone`", ":manpage:`clone`"),
    Case(Rule.UNKNOWN_PAGE, "See :manpage:`nothing-such(2)`.", "nothing-such"),
    Case(Rule.PLAIN_REFERENCE, "See clone(2).", "See", "See :manpage:`clone(2)`."),
    Case(Rule.PLAIN_REFERENCE, "See **clone**\\ (2).", "See", "See :manpage:`clone(2)`."),
    Case(
        Rule.SEE_ALSO_ORDER,
        ":manpage:`namespaces(7)`,\n:manpage:`clone(2)`",
        "clone(2)",
        ":manpage:`clone(2)`,\n:manpage:`namespaces(7)`",
        old=":manpage:`clone(2)`,\n:manpage:`namespaces(7)`",
    ),
    Case(
        Rule.SEE_ALSO_ENTRY,
        ":manpage:`namespaces(7)`.",
        "namespaces(7)",
        ":manpage:`namespaces(7)`",
        old=":manpage:`namespaces(7)`",
    ),
    Case(
        Rule.SEE_ALSO_ENTRY,
        ":manpage:`clone(2)`,\n:manpage:`clone(2)`",
        ":manpage:`clone(2)`,\n:manpage:`namespaces",
        old=":manpage:`clone(2)`",
    ),
    Case(Rule.WIDE_TABLE, f"{_WIDE}\n{_WIDE.replace('=', 'b')}\n{_WIDE}", "bbb"),
    Case(Rule.PREFERRED_TERM, "The file system.", "file", "The filesystem."),
    Case(Rule.PREFERRED_TERM, "Symlinks of it.", "Symlinks", "Symbolic links of it."),
    Case(Rule.PREFERRED_TERM, "In userspace, too.", "In", "In user space, too."),
    Case(Rule.PREFERRED_TERM, "Userspace code.", "Userspace"),
    Case(Rule.TERM_TO_AVOID, "A 32bit machine.", "32bit", "A 32-bit machine."),
    Case(Rule.TERM_TO_AVOID, "The OS.", "OS"),
    Case(Rule.SPELLING, "A Unix system.", "Unix", "A UNIX system."),
    Case(Rule.SPELLING, "Non-empty.", "Non", "Nonempty."),
]


def broken(directory: Path, case: Case) -> Path:
    """The page of a case."""
    return file(directory, CLEAN.replace(case.old, case.new, 1).replace("{}", "A thing."))


def test_each_rule_has_a_case() -> None:
    """No rule is left out."""
    assert {case.rule for case in CASES} == set(Rule)


def test_clean_page_has_no_finding(tmp_path: Path) -> None:
    """The page that all cases are made from follows every rule."""
    assert found(page(tmp_path)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule[6:]}: {case.new[-30:]!r}")
def test_fault_is_told_and_mended(tmp_path: Path, case: Case) -> None:
    """A fault is told with its line, its code and what was expected; where it is safe, it is mended."""
    path = broken(tmp_path, case)
    before = path.read_bytes()
    first = next(finding for finding in found(path) if finding.problem.code == case.rule)
    assert first.problem.place.file == str(path)
    assert first.problem.expected
    assert first.fixable == (case.mended is not None)
    after = mend(str(path), KnownPages()).update.after
    if case.mended is None:
        assert after == before
    else:
        assert after == before.replace(case.new.encode(), case.mended.encode(), 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.new[-30:])
def test_line_of_a_fault(tmp_path: Path, case: Case) -> None:
    """The line that is told is the first that has the fault."""
    path = broken(tmp_path, case)
    first = next(finding for finding in found(path) if finding.problem.code == case.rule)
    assert first.problem.place.line == path.read_text().partition(case.at)[0].count("\n") + 1


@pytest.mark.parametrize(
    "body",
    [
        "It is so, e.g. ``symlink``, etc. and more.",
        "Dr. Who and J. R. Smith.",
        "Use ``a.`` Then *file system* and **Unix**, :file:`/x/userspace`, setuid()-like or file.name.",
        "The ``manpage`` /dev/tty or user_name, --lower-case, symlink() and symlink(2)s.",
        "thing(7) is this page, (nosuch(9)) none, and x(2)y no reference.",
        "Wait... Then go.",
        "One.\u00a0Two stay together, \\  as\\ they are.",
        "**nosuch**\\ (2), **clone**\\ (2)y, **thing**\\ (7) and **clone** (2).",
        "The *NAME*\\ (*SECTION*) is *NAME*.\\ *SECTION*.rst.",
        "Unixoid, Solaris; runtimes are *not* meant::\n\n   One. Two. symlink",
        "==== ================\nOne. One. Two in table\n==== ================",
    ],
)
def test_what_is_no_fault(tmp_path: Path, body: str) -> None:
    """Abbreviations, literals, names of calls and files, and tables are left alone."""
    assert found(page(tmp_path, body)) == []


def test_escaped_name(tmp_path: Path) -> None:
    """A name that needs a backslash in the source is the one of the title all the same."""
    head = "==========\n_thing(7)\n==========\n"
    text = CLEAN.format("x").replace("========\nthing(7)\n========\n", head, 1)
    path = file(tmp_path, text.replace("thing - what", "\\_thing - what"), "_thing.7.rst")
    assert found(path) == []


def test_own_headings(tmp_path: Path) -> None:
    """A page may have headings of its own, in capitals, between the first and the last."""
    assert found(page(tmp_path, "x\n\nCOMMANDS\n========\n\nx")) == []


def test_other_documents(tmp_path: Path) -> None:
    """A document that is no manual page is free in its headings, not in its sentences and words."""
    path = file(tmp_path, "Title\n=====\n\nIntro\n-----\n\nOne. A file system.\n", "guide.rst")
    assert [finding.problem.code for finding in found(path)] == [Rule.PREFERRED_TERM, Rule.SENTENCES_ON_LINE]


def test_included_text(tmp_path: Path) -> None:
    """A fault in a file that a page includes is told where it stands, and mended nowhere."""
    file(tmp_path, "One. Two.\n", "part.txt")
    path = page(tmp_path, ".. include:: part.txt")
    (finding,) = found(path)
    assert (Path(finding.problem.place.file).name, finding.problem.place.line) == ("part.txt", 1)
    assert not finding.fixable


def test_what_other_extensions_bring(tmp_path: Path) -> None:
    """Directives and roles that are not known are passed over, with their content; the rest is looked at."""
    body = "One :fancy:`symlink. A`. Two.\n\n.. fancy:: A symlink. Two.\n\n   A symlink. Two."
    body += "\n\n.. raw:: html\n   :file: x\n\n   A symlink. Two.\n\n|br|\n\n.. |br| raw:: html\n\n   <br>"
    path = page(tmp_path, body)
    mend(str(path), KnownPages()).update.write()
    assert path.read_text("utf-8") == CLEAN.format(body.replace("`. Two.", "`.\nTwo."))
    assert found(path) == []


def test_bad_markup(tmp_path: Path) -> None:
    """Of a source that cannot be read nothing else is told."""
    seen = lint([page(tmp_path, "*open. One. A symlink")])
    assert [problem.code for problem in seen.problems] == ["nsdoc.markup"]
    assert seen.findings == ()
