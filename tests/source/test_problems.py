"""Every mistake of an author is reported with a stable code, its file and line, and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsdoc.page import Place
from nsdoc.problems import Code, Problem, SourceError
from nsdoc.source import read, read_page
from tests.source.sources import CLAIM, HEAD, line_of, man_page

MISTAKES = Path(__file__).with_name("mistakes.txt").read_text("utf-8").split("\n=== ")[1:]
ABOVE = f"{CLAIM.replace('one', 'first-of-all')}\n.. rem\n\n"


@pytest.mark.parametrize("mistake", MISTAKES, ids=[text.partition("\n")[0] for text in MISTAKES])
def test_each_mistake_has_its_code_and_line(mistake: str, tmp_path: Path) -> None:
    """A mistake is reported at its line, and nothing else is; the claim before it is still read."""
    said, _, body = mistake.partition("\n")
    path = man_page(tmp_path, ABOVE + body)
    start = (HEAD + ABOVE).count("\n")
    wanted = [entry.split(" at ") for entry in said.split(", ")]
    reading = read(path)
    assert reading.problems == tuple(
        Problem(Place(str(path), start + int(line)), Code(code), problem.message, problem.expected)
        for problem, (code, line) in zip(reading.problems, wanted, strict=True)
    )
    assert reading.page is not None
    assert "first-of-all" in [claim.id for claim in reading.page.claims]
    with pytest.raises(SourceError) as error:
        read_page(path)
    assert error.value.problems == reading.problems


def test_every_code_of_a_source_is_tried() -> None:
    """Each code stands in the list of mistakes, or in a test of its own in this directory."""
    tried = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    tried += "\n".join(MISTAKES)
    # These are for commands to say, and tests/cli tries them.
    of_sources = [code for code in Code if code not in (Code.NO_CLAIMS, Code.UNKNOWN_FRAGMENT)]
    assert [code for code in of_sources if code not in tried and f"Code.{code.name}" not in tried] == []


def test_codes_are_part_of_the_message(tmp_path: Path) -> None:
    """A problem prints as one line: the place, what is wrong, what was expected and the code."""
    path = man_page(tmp_path, ".. claim:: here\n   :sinse: 3.9\n\n   Prose.\n")
    (problem,) = read(path).problems
    assert str(problem) == (
        f'{path}:{line_of(path, "sinse")}: the directive "claim" has no option :sinse:;'
        " expected :since: :until: :continue: [nsdoc.unknown-option]"
    )
