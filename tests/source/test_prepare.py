"""The code object of an example points into the page."""

from __future__ import annotations

import linecache
import marshal
import traceback
from pathlib import Path

import pytest

from nsdoc.page import Example, Place
from nsdoc.source import REACHED, prepare, read_page
from tests.source.sources import line_of, man_page

BODY = """\
.. claim:: one

   Prose.

   .. example::
      :timeout: 1

      def f(x):
          return 1 / x

      assert kernel
      for n in 1, 2:
          assert n == n, "same"
      print(f(0))
      #> never
"""


def example_of(path: Path) -> Example:
    return read_page(path).claims[0].examples[0]


def test_a_traceback_shows_the_lines_of_the_page(tmp_path: Path) -> None:
    """File, line and source text of every frame are those of the page, the carets below the right words."""
    path = man_page(tmp_path, BODY)
    linecache.checkcache()
    with pytest.raises(ZeroDivisionError) as error:
        exec(prepare(example_of(path)).code, {"kernel": 1, REACHED: lambda line: None})
    shown = "".join(traceback.format_exception(error.value))
    for text, marked in (("print(f(0))", "f(0)"), ("return 1 / x", "1 / x")):
        line = line_of(path, text)
        assert f'File "{path}", line {line}' in shown
        source, carets = shown.partition(f"line {line}, in ")[2].split("\n")[1:3]
        assert source.strip() == text
        assert source[len(carets) - len(carets.lstrip()) :].startswith(marked)


def test_asserts_that_are_reached_are_counted_by_line(tmp_path: Path) -> None:
    """The hook is called before each assert, with the line of the page."""
    path = man_page(tmp_path, BODY)
    reached: list[int] = []
    with pytest.raises(ZeroDivisionError):
        exec(prepare(example_of(path)).code, {"kernel": 1, REACHED: reached.append})
    first, second = line_of(path, "assert kernel"), line_of(path, "assert n == n")
    assert reached == [first, second, second]


def test_a_failing_assert_has_been_reached(tmp_path: Path) -> None:
    """An assert that does not hold counts, and its message stays."""
    path = man_page(tmp_path, BODY.replace("n == n", "n == 0"))
    reached: list[int] = []
    with pytest.raises(AssertionError, match="same") as error:
        exec(prepare(example_of(path)).code, {"kernel": 1, REACHED: reached.append})
    assert reached[-1] == line_of(path, "assert n == 0")
    assert traceback.extract_tb(error.value.__traceback__)[-1].lineno == reached[-1]


@pytest.mark.parametrize(
    ("comparison", "message"),
    [
        ("1 + 1 == 3", "2 == 3"),
        ("'a' not in ['a']", "'a' not in ['a']"),
        ("[x for x in 'ab'] is None", "['a', 'b'] is None"),
        ("(y := 4) < 3", "4 < 3"),
        ("1 < 2 < 2", ""),
        ("0 or None", ""),
        ("1 == 2, 'own words'", "own words"),
        ("f'{1}' == '{'", "'1' == '{'"),
    ],
)
@pytest.mark.parametrize("around", ["{0}", "def f():\n    {0}\nf()", "class A:\n    {0}"])
def test_a_failing_comparison_shows_its_sides(comparison: str, message: str, around: str) -> None:
    """A comparison that does not hold says what was compared; an author's own message stays."""
    code = around.replace("{0}", f"assert {comparison}") + "\n"
    with pytest.raises(AssertionError) as error:
        exec(prepare(Example(Place("page.rst", 7), code, 0)).code, {REACHED: lambda line: None})
    assert str(error.value) == message


def test_each_side_of_a_comparison_is_evaluated_once() -> None:
    """Showing the sides does not call anything twice, and keeps the order."""
    calls: list[int] = []

    def call(number: int) -> int:
        calls.append(number)
        return number

    code = prepare(Example(Place("page.rst", 7), "assert call(1) < call(2)\n", 0)).code
    exec(code, {REACHED: lambda line: None, "call": call})
    assert calls == [1, 2]


def test_the_code_can_cross_to_another_process(tmp_path: Path) -> None:
    """What is prepared can be marshalled: the process that runs it needs neither ast nor the page."""
    code = prepare(example_of(man_page(tmp_path, BODY))).code
    assert marshal.loads(marshal.dumps(code)) == code


def test_the_future_of_this_module_is_not_the_example_s(tmp_path: Path) -> None:
    """Annotations are evaluated as in a file of its own."""
    path = man_page(tmp_path, BODY.replace("def f(x):", "def f(x: 1):"))
    names = {"kernel": 1, REACHED: lambda line: None}
    with pytest.raises(ZeroDivisionError):
        exec(prepare(example_of(path)).code, names)
    assert names["f"].__annotations__ == {"x": 1}
