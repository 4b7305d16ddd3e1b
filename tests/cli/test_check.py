"""nsdoc check: what it says, and how it ends."""

from __future__ import annotations

import pytest

from tests.cli.project import GOOD, WRONG, Here, Project, claim
from tests.source.sources import HEAD

ROOT_ONLY = claim("of-another-user", "print(kernel.process(uid=54321).getuid())\n#> 54321")


def test_good(anyones_project: Project) -> None:
    """A page whose claims hold gives exit status 0, and a summary that names the kernel."""
    anyones_project.write(GOOD)
    ran = anyones_project.run("check")
    assert ran.status == 0, ran.err
    assert "thing(7): 1 of 1 claim holds\n1 of 1 claim holds on Linux " in ran.err
    assert ran.out == ""


def test_refuted(project: Project, nsdoc: Here) -> None:
    """A refuted claim is shown with words, example, line, expectation, outcome and calls; the status is 1."""
    code = "one = kernel.process()\nwith fails(EPERM):\n    one.close(99)"
    page = project.write(GOOD, claim("refuted", code))
    ran = nsdoc("check")
    line = page.read_text().split("\n").index("      with fails(EPERM):") + 1
    assert ran.status == 1
    first = f"docs/thing.7.rst:{line}: refuted thing(7)#refuted [nsdoc.wrong-error]\n  Prose of refuted."
    assert first in ran.err
    assert f">{line:6} | with fails(EPERM):\n" in ran.err
    assert "  expected: EPERM\n  observed: EBADF\n  the calls:\n" in ran.err
    assert " close(99) = EBADF\n" in ran.err
    assert "thing(7): 1 of 2 claims hold, 1 refuted\n" in ran.err


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        (".. clam:: wrong\n\n   Prose.\n\n", "unknown-directive", 1),
        (GOOD.replace(".. claim:: good\n", ".. claim:: wrong\n   :sinse: 3.8\n"), "unknown-option", 2),
        (claim("wrong", "if True:\n        x = 1\n    y = 2\nprint(1)\n#> 1"), "example-indentation", 9),
        (claim("wrong", "print(1\n#> 1"), "example-syntax", 7),
        (claim("wrong", "x = 1"), "checks-nothing", 7),
        (".. claim:: wrong\n\n   Prose.\n\n", "claim-without-example", 1),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_bad_source(project: Project, nsdoc: Here, body: str, code: str, line: int) -> None:
    """A mistake in a source is told with its place and code, and the other claims are checked."""
    project.write(GOOD, body)
    ran = nsdoc("check", "--json", "-")
    assert ran.status == (1 if code == "checks-nothing" else 2)
    assert ran.verdicts["good"]["verdict"] == "holds"
    [problem] = ran.report["problems"]
    line += (HEAD + GOOD).count("\n")
    assert (problem["code"], problem["file"], problem["line"]) == (f"nsdoc.{code}", "docs/thing.7.rst", line)
    assert f"docs/thing.7.rst:{line}: {problem['message']}" in ran.err
    assert f"[nsdoc.{code}]" in ran.err


def test_not_utf8(project: Project, nsdoc: Here) -> None:
    """A file in another encoding is told with the line, and other pages are checked."""
    project.write(GOOD)
    project.file("docs/other.7.rst", HEAD.replace("thing", "other").encode() + b"caf\xe9\n")
    ran = nsdoc("check", "--json", "-")
    assert ran.status == 2
    assert [problem["code"] for problem in ran.report["problems"]] == ["nsdoc.not-utf8"]
    assert ran.verdicts["good"]["verdict"] == "holds"


def test_missing_file(project: Project, nsdoc: Here) -> None:
    """A file that is not there is told, and the others are checked."""
    project.write(GOOD)
    ran = nsdoc("check", "--json", "-", "docs/thing.7.rst", "docs/absent.7.rst")
    assert ran.status == 2
    assert "docs/absent.7.rst:1: " in ran.err
    assert "[nsdoc.missing-file]" in ran.err
    assert ran.verdicts["good"]["verdict"] == "holds"


def test_no_page(nsdoc: Here) -> None:
    """A directory without pages is a mistake, not a success."""
    ran = nsdoc("check")
    assert ran.status == 2
    assert "[nsdoc.no-pages]" in ran.err


def test_no_claim(project: Project, nsdoc: Here) -> None:
    """A page that claims nothing does not pass for one that was checked."""
    project.write()
    ran = nsdoc("check")
    assert ran.status == 2
    assert "docs/thing.7.rst:1: the page has no claim, so that nothing was checked; " in ran.err


def test_some_pages_claim_nothing(project: Project, nsdoc: Here) -> None:
    """Beside pages with claims, one without is a mistake only where it is asked for by name."""
    project.write(GOOD)
    project.write(name="other.7.rst", head=HEAD.replace("thing", "other"))
    assert nsdoc("check").status == 0
    ran = nsdoc("check", "docs/thing.7.rst", "./docs/other.7.rst")
    assert ran.status == 2
    assert "docs/other.7.rst:1: the page has no claim" in ran.err


def test_unavailable(others_project: Project) -> None:
    """What an ordinary user cannot check is counted, with the reason, and is no failure."""
    others_project.write(GOOD, ROOT_ONLY)
    ran = others_project.check()
    assert ran.status == 0
    assert ran.verdicts["of-another-user"]["verdict"] == "unavailable"
    assert "thing(7): 1 of 2 claims hold, 1 unavailable\n" in ran.err
    assert f"1 unavailable: {ran.verdicts['of-another-user']['reason']}\n" in ran.err
    assert "needs root" in ran.err


def test_not_applicable(project: Project, nsdoc: Here) -> None:
    """A claim about older kernels is not run."""
    project.write(GOOD, GOOD.replace("good\n", "old\n   :until: 2.6.24\n", 1))
    ran = nsdoc("check", "--json", "-")
    assert ran.status == 0
    assert ran.verdicts["old"]["verdict"] == "not-applicable"
    assert ran.verdicts["old"]["reason"] == "true until Linux 2.6.24"


def test_quiet(project: Project, nsdoc: Here) -> None:
    """With -q nothing is said where nothing is wrong, and only that otherwise."""
    project.write(GOOD)
    assert nsdoc("check", "-q") == nsdoc("check", "--quiet", "--fresh")
    assert nsdoc("check", "-q").err == ""
    project.write(GOOD, WRONG)
    ran = nsdoc("check", "-q")
    assert "refuted thing(7)#wrong" in ran.err
    assert "thing(7): 1 of 2" not in ran.err


def test_verbose(project: Project, nsdoc: Here) -> None:
    """With -v every claim has a line."""
    project.write(GOOD)
    assert "holds thing(7)#good\n" in nsdoc("check", "-v").err
    assert "holds thing(7)#good\n" not in nsdoc("check").err


def test_selection(project: Project, nsdoc: Here) -> None:
    """-k chooses claims by parts of their names."""
    project.write(GOOD, WRONG)
    assert list(nsdoc("check", "--json", "-", "-k", "good").verdicts) == ["good"]
    assert list(nsdoc("check", "--json", "-", "-k", "thing and not GOOD").verdicts) == ["wrong"]


@pytest.mark.parametrize("expression", ["nothing", "good and", "(good", "good wrong"])
def test_bad_selection(project: Project, nsdoc: Here, expression: str) -> None:
    """An expression that chooses nothing, or is none, is a mistake of usage."""
    project.write(GOOD)
    ran = nsdoc("check", "-k", expression)
    assert ran.status == 2
    assert expression in ran.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--backend", "minix"], "unknown backend 'minix'; known are linux, model"),
        (["--require", "minix"], "unknown backend 'minix'"),
        (["--backend", "model@0.1"], "0.1"),
        (["--jobs", "0"], "at least 1"),
        (["--jobs", "many"], "--jobs"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_usage(project: Project, nsdoc: Here, words: list[str], says: str) -> None:
    """A wrong option gives exit status 2 and names what is wrong."""
    project.write(GOOD)
    ran = nsdoc("check", *words)
    assert ran.status == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_required(project: Project, nsdoc: Here) -> None:
    """--require asks that the backend has decided a claim."""
    project.write(GOOD)
    assert nsdoc("check", "--require", "linux").status == 0
    never = 'from nsdoc.errors import Unavailable\nraise Unavailable("no")\nprint(1)\n#> 1'
    project.write(claim("never", never))
    ran = nsdoc("check", "--require", "linux")
    assert ran.status == 3
    assert "no claim was decided on the required backend linux" in ran.err


def test_required_backend_is_another(project: Project, nsdoc: Here) -> None:
    """What the model says does not stand for the live kernel."""
    project.write(claim("one", "print(1)\n#> 1"))
    ran = nsdoc("check", "--backend", "model", "--require", "linux")
    assert (ran.status, "on the model of Linux" in ran.err) == (3, True)


def test_jobs(project: Project, nsdoc: Here) -> None:
    """The verdicts stand in the order of the page, however many examples run at once."""
    project.write(*(GOOD.replace("good", f"good-{number}") for number in range(9)))
    for jobs in ("1", "4"):
        ran = nsdoc("check", "--fresh", "--json", "-", "-j", jobs)
        assert list(ran.verdicts) == [f"good-{number}" for number in range(9)]


def test_annotations(project: Project, nsdoc: Here) -> None:
    """On GitHub, mistakes and failures are commands that put them beside the line."""
    two_lines = claim("wrong", 'assert 1 == 2, "a\\nb, 50 %"')
    project.write(two_lines, claim("empty", "x = 1"))
    ran = nsdoc("check", GITHUB_ACTIONS="true")
    assert (
        "\n::error file=docs/thing.7.rst,line=19,title=nsdoc.assertion::"
        "thing(7)#wrong refuted: the assertion does not hold: a%0Ab, 50 %25\n" in ran.err
    )
    place = "file=docs/thing.7.rst,line=27,title=nsdoc.checks-nothing"
    assert f"::error {place}::the example checks nothing\n" in ran.err
    assert "::error" not in nsdoc("check").err


def test_colors(project: Project, nsdoc: Here) -> None:
    """Colour is for terminals, unless it is asked for; NO_COLOR is heeded."""
    project.write(GOOD, WRONG)
    assert "\x1b[" not in nsdoc("check").err
    assert "\x1b[31;1mrefuted\x1b[0m" in nsdoc("check", "--color", "always").err
    assert "\x1b[" in nsdoc("check", FORCE_COLOR="1").err
    assert "\x1b[" not in nsdoc("check", FORCE_COLOR="1", NO_COLOR="1").err
    assert "\x1b[" not in nsdoc("check", "--color", "never", FORCE_COLOR="1").err


def test_coverage(project: Project, nsdoc: Here) -> None:
    """--coverage lists the prose that no claim holds."""
    project.write("An unproved sentence.\n\n", GOOD)
    ran = nsdoc("check", "--coverage")
    assert ran.status == 0
    assert "docs/thing.7.rst:13: outside every claim: An unproved sentence.\n" in ran.err
