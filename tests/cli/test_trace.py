"""nsdoc trace: the calls of one example."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.project import GOOD, WRONG, Here, Project, claim
from tests.source.sources import HEAD

CALLS = claim(
    "calls",
    """
    one = kernel.process()
    fd = one.open("f", O_RDWR | O_CREAT)
    with fails(EBADF):
        one.close(99)
    print(fd, "two\\nlines")
    #> 3 two
    #> lines
    """,
)
TRACE = """\
thing(7)#calls, docs/thing.7.rst:{line}, on Linux {release}
  PID open('f', O_RDWR | O_CREAT, 438) = 3
  PID close(99) = EBADF
line {print}: 3 two
    lines
"""


@pytest.mark.parametrize("name", ["thing(7)#calls", "#calls", "calls"])
def test_claim(project: Project, nsdoc: Here, name: str) -> None:
    """The calls of a claim's example go to standard output, what came of it to standard error."""
    project.write(GOOD, CALLS)
    ran = nsdoc("trace", name)
    whole = nsdoc("trace", name, "--json", "-").report
    [example] = whole["examples"]
    shown = {"line": example["line"], "print": example["line"] + 4}
    assert ran.status == 0
    masked = re.sub(r"^  \d+ ", "  PID ", ran.out, flags=re.MULTILINE)
    assert masked == TRACE.format(release=whole["kernel"]["release"], **shown)
    assert ran.err == f"docs/thing.7.rst:{example['line']}: holds\n"


def test_page(project: Project, nsdoc: Here) -> None:
    """Of a page, every example is traced; one that does not hold decides the status."""
    page = project.write(GOOD, WRONG, CALLS)
    ran = nsdoc("trace", str(page.relative_to(project.directory)))
    assert ran.status == 1
    heads = [line.partition(",")[0] for line in ran.out.splitlines() if line.startswith("thing(7)")]
    assert heads == ["thing(7)#good", "thing(7)#wrong", "thing(7)#calls"]
    assert "refuted: the output is another one [nsdoc.wrong-output]\n" in ran.err


def test_program(project: Project, nsdoc: Here) -> None:
    """A file of Python is an example of its own, with outputs compared if it has some."""
    project.file("out/try.py", "one = kernel.process()\nprint(one.getpid() == one.pid)\n#> False\n")
    ran = nsdoc("trace", "out/try.py", "--backend", "model")
    assert ran.status == 1
    assert ran.out.startswith("out/try.py:1, on the model of Linux ")
    assert ran.out.endswith("\nline 2: True\n")
    assert ran.err == "out/try.py:2: refuted: the output is another one [nsdoc.wrong-output]\n"


def test_json(project: Project, nsdoc: Here) -> None:
    """As JSON, a call has its process, name, arguments, and a value or an error."""
    project.write(CALLS)
    assert nsdoc("trace", "calls", "--json", "build/trace.json").status == 2
    project.verdicts.parent.mkdir()
    assert nsdoc("trace", "calls", "--json", "build/trace.json").out.startswith("thing(7)#calls")
    data = json.loads((project.directory / "build/trace.json").read_text())
    assert data["schema"] == 1
    [example] = data["examples"]
    opened, closed = example["calls"]
    assert (opened["call"], opened["args"][0], opened["value"], opened["error"]) == ("open", "f", 3, None)
    assert closed == {
        "pid": opened["pid"], "call": "close", "args": [99], "value": None, "error": "EBADF",
    }  # fmt: skip
    assert (example["claim"], example["verdict"], example["dropped"]) == ("thing(7)#calls", "holds", 0)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["goood"], 2, "no claim goood in docs; there are good"),
        (["thing(7)#god"], 2, "there are thing(7)#good"),
        (["twice"], 2, "twice is the id of other(7)#twice, thing(7)#twice"),
        (["absent.py"], 2, "absent.py cannot be read: "),
        (["absent.rst"], 2, "absent.rst has no claim"),
        (["out/bad.py"], 2, "out/bad.py:1: "),
        (["old"], 0, "nothing of old applies to Linux "),
        (["good", "--backend", "minix"], 2, "unknown backend 'minix'"),
        (["good", "--backend", "model@0.1"], 2, "0.1"),
    ],
)
def test_nothing_to_trace(project: Project, nsdoc: Here, words: list[str], status: int, says: str) -> None:
    """What cannot be traced is said, with what was probably meant."""
    twice = GOOD.replace("good", "twice")
    old = GOOD.replace("good\n", "old\n   :until: 2.6.24\n", 1)
    project.write(GOOD, twice, old)
    project.write(twice, name="other.7.rst", head=HEAD.replace("thing", "other"))
    project.file("out/bad.py", "print(\n")
    ran = nsdoc("trace", *words)
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.startswith("nsdoc trace: ")
    assert says in ran.err
