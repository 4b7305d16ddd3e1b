"""The page of the audit: errata that can be sent, and every fact with what decides it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from docutils import nodes
from hypothesis import given
from hypothesis import strategies as st

from docs._ext import audit
from docs._ext.marking import marked
from nsdoc.page import Claim, Example, Place
from nsdoc.source import read_pages
from nsdoc.source.lines import Lines
from nsdoc.source.parse import parse

ROOT = Path(__file__).parents[2]
FACTS = audit.read_facts(ROOT / "docs" / audit.FACTS)
DEFECTS = [fact for fact in FACTS if fact.verdict in audit.DEFECTS]
PLACE = Place("docs/man/x.7.rst", 1)
CLAIM = Claim("x(7)", "one", "DESCRIPTION", "One.", PLACE, (Example(PLACE, "assert 1 < 2\n", 3),))


def a_fact(**fields: str) -> audit.Fact:
    known = {"id": "a-1", "page": "x(7)", "heading": "NOTES", "fact": "It is so.", "verdict": "holds"}
    return audit.Fact(**{**known, **fields}, claims=(CLAIM.name,))


def plain(source: str) -> str:
    """The text of reStructuredText that has nothing wrong with it."""
    lines = Lines()
    lines.keep("x", source)
    tree = parse(source, "x", lines)
    assert tree.problems == ()
    return tree.document.astext()


def test_every_claim_is_there() -> None:
    """Each claim that a fact names stands on a page."""
    names = {claim.name for page in read_pages([str(ROOT / "docs")]).pages for claim in page.claims}
    assert {name for fact in FACTS for name in fact.claims} <= names


def test_every_erratum_has_a_sentence() -> None:
    """Each defect has one or more whole sentences that would be right, and a claim whose example shows it."""
    assert DEFECTS
    assert [fact.id for fact in DEFECTS if not fact.claims] == []
    assert [fact.id for fact in DEFECTS if not fact.right.endswith(".")] == []


@pytest.mark.parametrize("fact", DEFECTS, ids=lambda fact: fact.id)
def test_sentence_stands_by_itself(fact: audit.Fact) -> None:
    """The right sentence can be read without the one that it replaces: it says what it is about."""
    first = fact.right.split()[0]
    assert first not in {"It", "They", "That", "This", "These", "Those", "One"}
    assert first[0].isupper() or first in {"pwrite(2)"}
    assert len(fact.right.split()) >= 6


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A man page of all fragments, a paragraph each."""
    path = tmp_path_factory.mktemp("errata") / "errata.7"
    body = ".P\n".join(audit.fragment(fact.right) for fact in DEFECTS)
    head = ".TH errata 7 2026-11-25 nsdoc\n.SH NAME\nerrata \\- what is right\n.SH DESCRIPTION\n"
    path.write_text(head + body, encoding="ascii")
    return path


@pytest.mark.parametrize(
    "command", ["mandoc -Tlint -W all", "groff -man -Tutf8 -ww -z"], ids=["mandoc", "groff"]
)
def test_fragments_are_clean(page: Path, command: str) -> None:
    """Neither formatter has anything to say of the fragments but that the title is in lower case."""
    words = command.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([*words, str(page)], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    assert [line for line in said if "lower case character in document title" not in line] == []


def test_fragment_marks_what_pages_mark() -> None:
    """A fragment has constants and pages in bold, files in italics."""
    shown = audit.fragment("With CAP_SETGID, setgroups(2) fails with EPERM before gid_map is written.")
    assert shown.splitlines() == [
        "With",
        r".BR \%CAP_SETGID ,",
        r".BR \%setgroups (2)",
        "fails with",
        r".B \%EPERM",
        "before",
        ".I gid_map",
        "is written.",
    ]


WORDS = "uid_map /proc/self/maps clone(2) CAP_KILL EPERM deny a*b `x` |y| z_ 2^32".split()


@given(st.lists(st.sampled_from(WORDS) | st.text("ab*`|_\\:()/.E ", min_size=1), min_size=1))
def test_marking_changes_no_word(parts: list[str]) -> None:
    """What is marked reads as it did, whatever the text has in it."""
    text = " ".join(" ".join(parts).split())
    assert plain(f"A {marked(text)} z") == f"A {text} z"


def test_tally_counts_every_fact() -> None:
    """The numbers of the table add up to the number of facts."""
    cells = [line.partition("- ")[2] for line in audit.tally(FACTS)]
    assert sum(int(cell) for cell in cells if cell.isdecimal()) == len(FACTS)


@pytest.mark.parametrize("verdict", audit.DEFECTS)
def test_defects_are_errata(verdict: str) -> None:
    """A defect is shown with the right sentence, a link to the claim, roff and the example."""
    fact = a_fact(verdict=verdict, right="It is otherwise.")
    shown = "\n".join(audit.errata([fact], {CLAIM.name: CLAIM}))
    assert f"NOTES ({verdict})" in shown
    assert "| Right: It is otherwise." in shown
    assert shown.count(":claim:`") == 2
    assert "code-block:: groff" in shown
    assert "assert 1 < 2" in shown


@pytest.mark.parametrize("verdict", ["holds", "cannot be shown"])
def test_others_are_not(verdict: str) -> None:
    """What holds, or cannot be shown, is no erratum."""
    assert list(audit.errata([a_fact(verdict=verdict)], {})) == []


def test_what_no_page_states() -> None:
    """Where a page says nothing, the erratum says that, and not what it would be about."""
    shown = "\n".join(audit.errata([a_fact(verdict="missing", fact="(Something.)", right="It is.")], {}))
    assert "Today: nothing about this." in shown
    assert "(Something.)" not in shown


def test_the_worst_comes_first() -> None:
    """Within a page what is wrong stands before what is imprecise, and that before what is missing."""
    facts = [a_fact(id=verdict, verdict=verdict, right="It is.") for verdict in reversed(audit.DEFECTS)]
    shown = "\n".join(audit.errata(facts, {}))
    places = [shown.index(f"_erratum.{verdict}:") for verdict in audit.DEFECTS]
    assert places == sorted(places)


def test_pages_are_not_mixed() -> None:
    """The facts of a page stand together, whatever the order of the file."""
    facts = [a_fact(page=page) for page in ("b(2)", "a(7)", "b(2)")]
    titles = [line for line in audit.all_facts(facts) if line.startswith("Facts of")]
    assert titles == ["Facts of b(2)", "Facts of a(7)"]


def test_every_fact_is_listed() -> None:
    """Each fact has one row in the tables of its page."""
    source = "\n".join(audit.all_facts(FACTS))
    lines = Lines()
    lines.keep("x", source)
    tree = parse(f"Title\n=====\n\n{source}", "x", lines)
    assert tree.problems == ()
    rows = [line for line in audit.all_facts(FACTS) if line.startswith("   * - ")]
    assert len(rows) == len(FACTS) + len({fact.page for fact in FACTS})
    assert next(tree.document.findall(nodes.section)) is not None


def test_link_names_the_page_where_it_is_another() -> None:
    """A claim of another page is shown with that page."""
    assert ":claim:`one <x(7)#one>`" in "\n".join(audit.all_facts([a_fact()]))
    assert ":claim:`x(7)#one <x(7)#one>`" in "\n".join(audit.all_facts([a_fact(page="y(7)")]))
