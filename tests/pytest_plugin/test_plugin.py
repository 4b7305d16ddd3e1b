"""Claims of pages as tests of pytest."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import pytest

# pytester forgets the modules that a run of pytest has loaded; these are to be loaded once.
import nsdoc.build
import nsdoc.pytest_plugin  # noqa: F401
from tests.source.sources import HEAD

pytest_plugins = ["pytester"]


def claim(name: str, code: str, *options: str) -> str:
    """A claim whose example is `code`."""
    lines = "".join(f"      {line}\n" if line else "\n" for line in code.split("\n"))
    head = "".join(f"   {option}\n" for option in options)
    return f".. claim:: {name}\n{head}\n   Prose of {name}.\n\n   .. example::\n\n{lines}\n"


HOLDS = claim("holds", "print(kernel.process().getppid() > 0)\n#> True")
REFUTED = claim("refuted", "me = kernel.process()\nprint(\n    1 + 1,\n)\n#> 3\nprint(4)\n#> 4")
WRONG_ERROR = claim("wrong-error", "me = kernel.process()\nwith fails(EPERM):\n    me.close(999)")
BROKEN = claim("broken", "x = kernel.process().getpid()\nprint(x / 0)\n#> 1")
UNAVAILABLE = claim(
    "unavailable",
    'from nsdoc.errors import Unavailable\nprint(1)\n#> 1\nraise Unavailable("the moon is down")',
)
OLD = claim("old", "print(1)\n#> 1", ":until: 2.6.24")


class Project:
    """A directory with a page, and pytest to run in it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        # Once as the entry point, once by its name, is one time too many.
        self._plugin = [] if entry_points(group="pytest11", name="nsdoc") else ["-p", "nsdoc.pytest_plugin"]
        self.page = pytester.path / "docs" / "thing.7.rst"
        self.page.parent.mkdir()

    def write(self, *claims: str, head: str = HEAD) -> None:
        self.page.write_text(head + "".join(claims), "utf-8")

    def run(self, *arguments: str) -> pytest.RunResult:
        # Loading hypothesis takes longer than all the rest.
        unused = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
        return self._pytester.runpytest_inprocess(*self._plugin, *unused, *arguments)

    def line(self, text: str) -> int:
        """The line of the page that has `text` in it."""
        lines = self.page.read_text("utf-8").split("\n")
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester)


def test_claims_are_collected_by_page_heading_and_id(project: Project) -> None:
    """The name of a test says where the claim stands; collecting runs nothing."""
    inner = "Inner heading\n-------------\n\n"
    project.write(HOLDS, inner, REFUTED)
    result = project.run("docs", "--collect-only", "-q")
    result.stdout.fnmatch_lines(
        [
            "docs/thing.7.rst::thing(7) DESCRIPTION holds",
            "docs/thing.7.rst::thing(7) DESCRIPTION/Inner heading refuted",
            "2 tests collected*",
        ]
    )


def test_each_verdict_has_its_outcome(project: Project) -> None:
    """What holds passes, what is refuted or broken fails, and what is undecided is skipped with a reason."""
    project.write(HOLDS, REFUTED, WRONG_ERROR, BROKEN, UNAVAILABLE, OLD)
    result = project.run("docs", "-rs")
    result.assert_outcomes(passed=1, failed=3, skipped=2)
    result.stdout.fnmatch_lines_random(
        [
            f"SKIPPED * docs/thing.7.rst:{project.line('claim:: unavailable')}: unavailable: the moon*",
            f"SKIPPED * docs/thing.7.rst:{project.line('claim:: old')}: not-applicable: *2.6.24*",
        ]
    )


@pytest.mark.parametrize(
    ("broken", "at", "shown"),
    [
        (REFUTED, "print(", ["E * expected: 3", "E * observed: 2", "E * claim: Prose of refuted."]),
        (WRONG_ERROR, "with fails(EPERM):", ["E * expected: EPERM", "E * observed: EBADF"]),
        (BROKEN, "print(x / 0)", ["E *ZeroDivisionError*"]),
    ],
)
def test_a_failure_shows_the_line_of_the_page(
    project: Project, broken: str, at: str, shown: list[str]
) -> None:
    """The example is shown up to its failing line, with expectation and outcome, and no frame of ours."""
    project.write(HOLDS, broken)
    result = project.run("docs")
    result.assert_outcomes(passed=1, failed=1)
    line = project.line(at) if at != "print(" else project.line("1 + 1,") - 1
    result.stdout.fnmatch_lines([f">   *{at}", *shown, f"docs/thing.7.rst:{line}: *"])
    assert "pytest_plugin/" not in result.stdout.str()
    assert ".venv" not in result.stdout.str()


@pytest.mark.parametrize("style", ["short", "line", "native", "no", "long"])
def test_failures_follow_the_style_of_tracebacks(project: Project, style: str) -> None:
    """Whatever --tb says, the line of the page is named where a line is named at all."""
    project.write(REFUTED)
    result = project.run("docs", f"--tb={style}")
    result.assert_outcomes(failed=1)
    line = project.line("1 + 1,") - 1
    found = re.search(rf'thing\.7\.rst(:|", line ){line}\b', result.stdout.str())
    assert (found is None) == (style == "no")


def test_problems_of_a_source_fail_beside_its_claims(project: Project) -> None:
    """A claim that cannot be read is a failing test at its line; the others are run."""
    project.write(HOLDS, ".. claim:: alone\n\n   Without an example.\n")
    result = project.run("docs")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "> *.. claim:: alone",
            "E *the claim has no example; expected *",
            f"docs/thing.7.rst:{project.line('claim:: alone')}: BadSource",
            "FAILED *nsdoc.claim-without-example at line*",
        ]
    )


def test_a_file_that_is_not_utf8_fails(project: Project) -> None:
    """A page that cannot be read at all is a failing test, not an error of pytest."""
    project.page.write_bytes(b"\xff\n")
    result = project.run("docs")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*byte 0xff is not UTF-8*"])


def test_claims_are_chosen_by_name(project: Project) -> None:
    """-k chooses by page, heading and id, and a test can be named whole; nothing else is run."""
    project.write(HOLDS, REFUTED, BROKEN)
    project.run("docs", "-k", "holds").assert_outcomes(passed=1, deselected=2)
    project.run("docs", "-k", "DESCRIPTION and not refuted and not broken").assert_outcomes(
        passed=1, deselected=2
    )
    project.run("docs/thing.7.rst::thing(7) DESCRIPTION holds").assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [("-n", "2"), ("-n", "2", "--dist", "loadfile")])
def test_claims_run_under_xdist(project: Project, arguments: tuple[str, ...]) -> None:
    """Several workers share the claims, with the same outcomes."""
    project.write(*(HOLDS.replace("holds", f"holds-{n}") for n in range(6)), REFUTED, OLD)
    result = project.run("docs", *arguments)
    result.assert_outcomes(passed=6, failed=1, skipped=1)
    line = project.line("1 + 1,") - 1
    result.stdout.fnmatch_lines(
        [f"docs/thing.7.rst:{line}: *", "FAILED docs/thing.7.rst::thing(7) DESCRIPTION refuted*"]
    )


def test_an_update_writes_outputs_and_then_judges(project: Project) -> None:
    """--nsdoc-update changes the outputs of the chosen claims only; what is wrong otherwise still fails."""
    project.write(HOLDS, REFUTED, REFUTED.replace("refuted", "second"), BROKEN)
    before = project.page.read_text("utf-8")
    result = project.run("docs", "--nsdoc-update", "-k", "not second")
    result.assert_outcomes(passed=2, failed=1, deselected=1)
    result.stdout.fnmatch_lines(["nsdoc: outputs written into docs/thing.7.rst"])
    assert project.page.read_text("utf-8") == before.replace("#> 3", "#> 2", 1)
    result = project.run("docs", "--nsdoc-update", "-k", "not second")
    assert "outputs written" not in result.stdout.str()


@pytest.mark.parametrize("arguments", [("-n", "2"), ("--dist", "loadfile", "--tx", "popen"), ("-n", "1")])
def test_an_update_under_xdist_is_refused(project: Project, arguments: tuple[str, ...]) -> None:
    """Workers that write one file would ruin it: nothing is run, nothing is written, the reason is said."""
    project.write(REFUTED)
    before = project.page.read_bytes()
    result = project.run("docs", "--nsdoc-update", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --nsdoc-update cannot be used with -n*"])
    assert project.page.read_bytes() == before


def test_an_update_with_no_workers_is_an_ordinary_one(project: Project) -> None:
    """-n 0 is no distribution."""
    project.write(REFUTED)
    project.run("docs", "--nsdoc-update", "-n", "0").assert_outcomes(passed=1)


def test_an_update_that_is_refused_says_why(project: Project) -> None:
    """An output that has no place in the source leaves the page as it is, and its claim fails."""
    project.write(HOLDS, claim("alias", "show = print\nshow(1)\nprint(2)\n#> 3"))
    before = project.page.read_bytes()
    result = project.run("docs", "--nsdoc-update")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"nsdoc: *thing.7.rst:{project.line('show(1)')}: *nsdoc.cannot-update*"])
    assert project.page.read_bytes() == before


def test_two_pages_of_one_name_fail(project: Project) -> None:
    """A claim's permanent name means one claim: those of one of the two pages fail, and say so."""
    project.write(HOLDS)
    second = project.page.parent / "more" / project.page.name
    second.parent.mkdir()
    second.write_text(HEAD + HOLDS)
    result = project.run("docs")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E *thing(7) is the name of *thing.7.rst too*", "FAILED docs/*thing.7.rst*"])


def test_an_unknown_backend_is_a_mistake_in_use(project: Project) -> None:
    """A misspelt backend stops the session before anything runs."""
    project.write(HOLDS)
    result = project.run("docs", "--nsdoc-backend", "minix")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *minix*"])


def test_other_files_are_left_alone(project: Project, tmp_path: Path) -> None:
    """A file without claims is no page, nor is one that a page includes or that begins with _."""
    project.write(HOLDS, ".. include:: common.rst\n")
    (project.page.parent / "common.rst").write_text(HOLDS.replace("holds", "common"))
    (project.page.parent / "_draft.rst").write_text(REFUTED)
    (project.page.parent / "words.rst").write_text("Words\n=====\n")
    project.run("docs").assert_outcomes(passed=2, deselected=1)


def test_verdicts_are_properties_in_junit_xml(project: Project) -> None:
    """A report in XML names the claim, its verdict and the kernel, so that a page can link to it."""
    project.write(HOLDS)
    project.run("docs", "--junit-xml=out.xml")
    document = ElementTree.parse(project.page.parent.parent / "out.xml")
    found = {entry.get("name"): entry.get("value") or "" for entry in document.iter("property")}
    assert (found["claim"], found["verdict"]) == ("thing(7)#holds", "holds")
    assert found["kernel"].startswith("Linux ")


def test_a_session_without_pages_does_not_load_the_reader(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has nsdoc installed but no pages does not wait for it."""
    pytester.makepyfile(
        "import sys\ndef test():\n    assert not {'docutils', 'nsdoc.build'} & set(sys.modules)\n"
    )
    plugin = [] if entry_points(group="pytest11", name="nsdoc") else ["-p", "nsdoc.pytest_plugin"]
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pytester.runpytest_subprocess(*plugin).assert_outcomes(passed=1)
