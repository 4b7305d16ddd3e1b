"""Observed outputs are written back into the page, and nothing else in it changes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsdoc.page import Example
from nsdoc.problems import Code, SourceError
from nsdoc.source import Observation, joined, plan, read_page, rewrite
from tests.source.sources import HEAD, line_of, man_page

# Code with one print, {0} for what stands below it, and the margin it stands at.
SHAPES = [
    "print(x)\n{0}",
    "for y in x:\n    print(y)\n    {0}",
    "try:\n    pass\nfinally:\n    print(\n        x,\n    )\n    {0}\nz = 1",
    "match x:\n    case _:\n        print(x)\n        {0}",
    "if x: print(x)\n{0}\nelse:\n    pass",
    "y = 2; print(x)\n{0}",
    "with f(print(x)):\n    {0}\n    pass",
    "def f():\n    print('ĉ')\n    {0}\nassert f()",
]


def observed(page_example: Example, outputs: list[list[str]]) -> Observation:
    """What a run would have printed: for each print of an example, in order, its outputs."""
    printed = [
        (page_example.place.line + site.last - 1, text)
        for site, texts in zip(page_example.prints, outputs, strict=True)
        for text in texts
    ]
    return Observation(page_example, tuple(printed))


def page_of(codes: list[str], newline: str, indent: str, end: str) -> bytes:
    """A page with a claim for each code."""
    claims = []
    for number, code in enumerate(codes):
        lines = "\n".join(indent * 2 + line if line else "" for line in code.split("\n"))
        claims.append(f".. claim:: c{number}\n\n{indent}Prose ĉ{number}.\n\n{indent}.. example::\n\n{lines}")
    return (HEAD + "\n\n".join(claims) + end).replace("\n", newline).encode()


def without_outputs(path: Path, page_examples: list[Example]) -> list[bytes]:
    """The lines of a page that hold no expected output."""
    gone = {
        example.place.line + number - 1
        for example in page_examples
        for expected in example.expected
        for number in range(expected.first, expected.last + 1)
    }
    lines = path.read_bytes().split(b"\n")
    return [line.removesuffix(b"\r") for number, line in enumerate(lines, 1) if number not in gone]


def examples(path: Path) -> list[Example]:
    return [example for claim in read_page(path).claims for example in claim.examples]


OLD = st.sampled_from(["", "#> old", "#> old\n{m}#> older", '"""\n{m}old\n{m}"""'])
OUTPUTS = st.lists(
    st.one_of(
        st.text(st.characters(), max_size=100), st.sampled_from(["0", "a\nb", 'say """', "back\\slash"])
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[bytes, list[list[str]]]:
    """A page, and what each of its prints shows."""
    codes, outputs = [], []
    for _ in range(draw(st.integers(1, 3))):
        shape, old = draw(st.sampled_from(SHAPES)), draw(OLD)
        margin = next(line for line in shape.split("\n") if "{0}" in line).partition("{0}")[0]
        if '"""' in old and ("else" in shape or "with f" in shape):
            old = ""  # A block is no statement there.
        below = old.replace("{m}", margin)
        lines = [line.replace("{0}", below) for line in shape.split("\n") if line.strip() != "{0}" or below]
        codes.append("\n".join(lines))
        outputs.append(draw(OUTPUTS))
    newline, indent = draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from(["   ", "    ", "\t"]))
    return page_of(codes, newline, indent, draw(st.sampled_from(["", "\n", "\n\nThe end.\n"]))), outputs


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(page=pages())
def test_update_then_read_gives_the_outputs(page: tuple[bytes, list[list[str]]], tmp_path: Path) -> None:
    """Any output reads back as it was observed, every other line stays, and a second update does nothing."""
    source, outputs = page
    path = tmp_path / "thing.7.rst"
    path.write_bytes(source)
    before = examples(path)
    kept = without_outputs(path, before)
    rewrite(str(path), [observed(e, [o]) for e, o in zip(before, outputs, strict=True)])
    after = examples(path)
    assert [[e.text for e in example.expected] for example in after] == [[joined(o)] for o in outputs]
    assert without_outputs(path, after) == kept
    updated = path.read_bytes()
    assert not rewrite(str(path), [observed(e, [o]) for e, o in zip(after, outputs, strict=True)])
    assert path.read_bytes() == updated
    assert updated.endswith(b"\n") == source.endswith(b"\n")
    assert (b"\r\n" in source) == (b"\r\n" in updated)
    assert updated.count(b"\r\n") in (0, updated.count(b"\n"))
    assert os.listdir(tmp_path) == ["thing.7.rst"]


ONE = """\
.. claim:: one

   Prose.

   .. example::

      print(kernel.x)
      #> old

After.
"""


def one_example(path: Path) -> Example:
    (found,) = examples(path)
    return found


def test_only_the_output_changes(tmp_path: Path) -> None:
    """The line below the print is the new output, every other byte is as before, and the mode stays."""
    path = man_page(tmp_path, ONE)
    path.chmod(0o640)
    assert rewrite(str(path), [observed(one_example(path), [["new"]])])
    assert path.read_text("utf-8") == HEAD + ONE.replace("old", "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A page that is a symbolic link is updated where it points to."""
    (tmp_path / "real").mkdir()
    real = man_page(tmp_path / "real", ONE)
    link = tmp_path / "thing.7.rst"
    link.symlink_to(real)
    assert rewrite(str(link), [observed(one_example(link), [["new"]])])
    assert link.is_symlink()
    assert "#> new" in real.read_text("utf-8")


def test_a_block_becomes_a_line_again(tmp_path: Path) -> None:
    """A long output that has become short leaves no quotes behind."""
    path = man_page(tmp_path, ONE.replace("#> old", '"""\n      a\n\n      b\n      """'))
    assert rewrite(str(path), [observed(one_example(path), [["new"]])])
    assert path.read_text("utf-8") == HEAD + ONE.replace("old", "new")


def test_equal_output_in_another_form_stays(tmp_path: Path) -> None:
    """An author's choice between lines and a block is kept as long as the text is the same."""
    path = man_page(tmp_path, ONE.replace("#> old", "#> a\n      #> b"))
    assert not rewrite(str(path), [observed(one_example(path), [["a\nb"]])])


def test_a_print_that_did_not_run_keeps_its_output(tmp_path: Path) -> None:
    """Only what was observed is written: an expectation without a run is for the judge."""
    path = man_page(tmp_path, ONE)
    assert not rewrite(str(path), [Observation(one_example(path), ())])


def assert_refused(path: Path, observation: Observation, code: Code) -> None:
    """The update is refused with a code, and the file is as before."""
    before = path.read_bytes()
    with pytest.raises(SourceError) as refusal:
        rewrite(str(path), [observation])
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("old", "new"),
    [("After.", "After.\n"), ("Prose.", "Prose.\n   More."), ("kernel.x", "kernel.y"), ("#> old", "")],
)
def test_a_file_that_has_changed_is_refused(old: str, new: str, tmp_path: Path) -> None:
    """An example that is not where it was read is not written to; a change below it does no harm."""
    path = man_page(tmp_path, ONE)
    observation = observed(one_example(path), [["new"]])
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    if old == "After.":
        assert rewrite(str(path), [observation])
    else:
        assert_refused(path, observation, Code.CHANGED_FILE)


def test_a_change_between_plan_and_write_is_refused(tmp_path: Path) -> None:
    """Nothing is lost when an editor saves the page while the update is under way."""
    path = man_page(tmp_path, ONE)
    update = plan(str(path), [observed(one_example(path), [["new"]])])
    path.write_bytes(path.read_bytes() + b"\nMore.\n")
    with pytest.raises(SourceError, match=Code.CHANGED_FILE):
        update.write()
    assert path.read_bytes().endswith(b"\nMore.\n")
    assert os.listdir(tmp_path) == [path.name]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A page that has gone is a problem, not a traceback."""
    path = man_page(tmp_path, ONE)
    observation = observed(one_example(path), [["new"]])
    path.unlink()
    with pytest.raises(SourceError, match=Code.CHANGED_FILE):
        rewrite(str(path), [observation])


def test_an_output_without_a_print_is_refused(tmp_path: Path) -> None:
    """Below a call of another name for print there is no place for an output; the line is named."""
    path = man_page(tmp_path, ONE.replace("print(kernel.x)\n", "show = print; show(1)\n      print(2)\n"))
    example = one_example(path)
    line = line_of(path, "show = print")
    observation = Observation(example, ((line, "1"), (line + 1, "old")))
    with pytest.raises(SourceError) as refusal:
        rewrite(str(path), [observation])
    assert [(p.code, p.place.line) for p in refusal.value.problems] == [(Code.CANNOT_UPDATE, line)]


def test_an_example_in_a_table_is_not_written_to(tmp_path: Path) -> None:
    """Where the lines of the code are only a part of the lines of the file, the update refuses."""
    rows = ONE.removesuffix("\nAfter.\n").split("\n")
    table = "\n".join(["+" + "-" * 40 + "+", *(f"| {row:<38} |" for row in rows), "+" + "-" * 40 + "+", ""])
    path = man_page(tmp_path, table)
    example = one_example(path)
    assert example.place.line == line_of(path, "print(kernel.x)")
    assert_refused(path, observed(example, [["new"]]), Code.CHANGED_FILE)


def test_an_example_included_twice_is_updated_once(tmp_path: Path) -> None:
    """Equal observations of one example are one update; different ones are refused."""
    path = man_page(tmp_path, ONE)
    example = one_example(path)
    first, second = observed(example, [["new"]]), observed(example, [["newer"]])
    with pytest.raises(SourceError, match=Code.CANNOT_UPDATE):
        rewrite(str(path), [first, second])
    assert rewrite(str(path), [first, first])


def test_a_file_that_cannot_be_replaced_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page in a directory without write permission is a problem, not a traceback; nothing is left there."""
    path = man_page(tmp_path, ONE)

    def refuse(source: object, target: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    assert_refused(path, observed(one_example(path), [["new"]]), Code.UNWRITABLE_FILE)
