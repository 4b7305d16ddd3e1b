"""Whatever a source holds, reading it ends with pages and problems, and the lines are true."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsdoc.source import prepare, read, read_page
from nsdoc.source.code import inspect
from tests.source.sources import HEAD, man_page

in_one_directory = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

LINES = st.sampled_from(
    [
        "",
        "",
        ".. claim:: one",
        ".. claim::",
        "   :since: 3.8",
        "   :until:",
        "   .. example::",
        "      :timeout: 3",
        "      print(1)",
        "      #> 1",
        "   Prose *with* :cap:`X` |y| x_",
        "* item",
        "======",
        "Title",
        ".. include:: thing.7.rst",
        ".. note::",
        "::",
        "| line block",
        "+---+",
        "| a |",
        "\t\tx = 1",
        '      """',
        "      def f(:",
        ".. |y| replace:: z",
        ".. _x:",
        ".. role:: own(literal)",
    ]
)


@in_one_directory
@given(lines=st.lists(LINES | st.text(max_size=30), max_size=25))
def test_any_text_can_be_read(lines: list[str], tmp_path: Path) -> None:
    """No source makes the reader fail: what it cannot use becomes a problem, at a line that exists."""
    path = man_page(tmp_path, "\n".join(lines).encode("utf-8", "replace").decode())
    reading = read(path)
    assert reading.page is not None
    last = path.read_bytes().count(b"\n") + 1
    assert all(1 <= problem.place.line <= last for problem in reading.problems)
    for claim in reading.page.claims:
        for example in claim.examples:
            prepare(example)


@in_one_directory
@given(data=st.binary(max_size=200))
def test_any_bytes_can_be_read(data: bytes, tmp_path: Path) -> None:
    """Not even bytes that are no text make the reader fail."""
    path = tmp_path / "thing.7.rst"
    path.write_bytes(data)
    assert read(path).problems


@given(st.text(max_size=200) | st.lists(LINES, max_size=10).map("\n".join))
def test_any_code_can_be_inspected(code: str) -> None:
    """No code makes the inspection fail, and its mistakes are at lines that exist."""
    findings = inspect(code + "\n")
    assert all(1 <= mistake.line <= code.count("\n") + 1 for mistake in findings.mistakes)


CLAIM = """\
.. claim:: claim-{0}
   :since: 3.8

   Prose {0}.

   .. example::
      :timeout: 3

      x = {0}
      print(x)
      #> {0}
"""
AROUND = st.sampled_from(
    [
        "{0}",
        "1. item\n\n   {0}",
        "term\n   text\n\n   {0}",
        ".. note:: words\n\n   {0}",
        ".. only:: html\n\n   * item\n\n     {0}",
        ".. list-table::\n\n   * - {0}",
        "Quoted:\n\n   {0}",
    ]
)
BETWEEN = st.sampled_from(
    [
        "Words,\nand more of them.",
        ".. Comment\n   over two lines",
        ".. code-block:: c\n   :caption: Words\n\n   int main;\n\n   x",
        "=====  =====\na      b\n=====  =====\n1      2\n=====  =====",
        ".. definition:: A *level* is.\n\n   A number.",
        ".. include:: part.inc",
        ".. |x{0}| replace:: y",
        "Inner {0}\n-----------",
        "",
    ]
)


def block(number: int, between: str, around: str) -> str:
    """Some other block, then a claim nested in something."""
    before, _, after = around.partition("{0}")
    margin = " " * len(before.rpartition("\n")[2])
    claim = CLAIM.replace("{0}", str(number)).replace("\n", f"\n{margin}").rstrip(" ")
    return f"{between.replace('{0}', str(number))}\n\n{before}{claim}{after}\n..\n\n"


@in_one_directory
@given(blocks=st.lists(st.tuples(BETWEEN, AROUND), min_size=1, max_size=5))
def test_lines_are_true_whatever_stands_around(blocks: list[tuple[str, str]], tmp_path: Path) -> None:
    """Every claim, example and output is where its line says, in any order and nesting of blocks."""
    (tmp_path / "part.inc").write_text("One.\n\nTwo.\n")
    body = "".join(block(number, *parts) for number, parts in enumerate(blocks))
    path = man_page(tmp_path, body)
    lines = path.read_text("utf-8").split("\n")
    claims = read_page(path).claims
    assert len(claims) == len(blocks)
    for number, claim in enumerate(claims):
        (example,) = claim.examples
        (expected,) = example.expected
        assert lines[claim.place.line - 1].endswith(f".. claim:: claim-{number}")
        assert lines[example.place.line - 1] == " " * example.indent + f"x = {number}"
        assert lines[example.place.line + expected.first - 2].strip() == f"#> {number}"
    assert HEAD.count("\n") < claims[0].place.line
