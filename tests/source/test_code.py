"""Where an example prints, what it expects there, and what is wrong with it."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc.page import Expected, Print
from nsdoc.problems import Code
from nsdoc.source import code
from nsdoc.source.code import inspect
from nsdoc.source.syntax import every, parsed

SITES = {
    "plain": ("print(1)\n#> 1\n", (1, 1)),
    "several lines": ("print(\n    1,\n    2,\n)\n#> 1 2\n", (1, 4)),
    "finally": ("try:\n    pass\nfinally:\n    print(1)\n    #> 1\n", (4, 4)),
    "except": ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    print(1)\n    #> 1\n", (4, 4)),
    "try else": ("try:\n    pass\nexcept ValueError:\n    pass\nelse:\n    print(1)\n    #> 1\n", (6, 6)),
    "for else": ("for x in ():\n    pass\nelse:\n    print(1)\n    #> 1\n", (4, 4)),
    "while else": ("while False:\n    pass\nelse:\n    print(1)\n    #> 1\n", (4, 4)),
    "match": ("match 1:\n    case 1:\n        print(1)\n        #> 1\n", (3, 3)),
    "behind a semicolon": ("x = 1; print(x)\n#> 1\n", (1, 1)),
    "before a semicolon": ("print(1); x = (\n    2)\n#> 1\n", (1, 2)),
    "backslash": ("print(1); \\\n    x = 1\n#> 1\n", (1, 2)),
    "one line": ("if True: print(1)\n#> 1\n", (1, 1)),
    "nested function": ("def f():\n    def g():\n        print(1)\n        #> 1\n    g()\nf()\n", (3, 3)),
    "method": ("class A:\n    def f(self):\n        print(1)\n        #> 1\nA().f()\n", (3, 3)),
    "lambda": ("f = lambda: print(\n    1)\n#> 1\nf()\n", (1, 2)),
    "comprehension": ("[\n    print(x)\n    for x in (1,)\n]\n#> 1\n", (1, 4)),
    "head of with": (
        "import contextlib\nwith contextlib.nullcontext(print(1)):\n    #> 1\n    pass\n",
        (2, 2),
    ),
    "head of if": ("if (\n    print(1)\n    is None):\n    #> 1\n    pass\n", (1, 3)),
    "decorator": ("@(lambda f: print(1))\n#> 1\ndef f():\n    pass\n", (1, 1)),
    "guard": ("match 1:\n    case 1 if print(1) is None:\n        #> 1\n        pass\n", (2, 2)),
    "conditional expression": ("True and print(1)\n#> 1\n", (1, 1)),
}


@pytest.mark.parametrize(("code", "lines"), SITES.values(), ids=SITES.keys())
def test_prints_are_found_wherever_they_stand(code: str, lines: tuple[int, int]) -> None:
    """A print in any kind of statement has its lines, and takes the output below it."""
    findings = inspect(code)
    assert not findings.mistakes
    assert findings.prints == (Print(*lines),)
    assert [expected.text for expected in findings.expected] == ["1 2" if "2,\n" in code else "1"]


@pytest.mark.parametrize(("code", "lines"), SITES.values(), ids=SITES.keys())
def test_python_records_a_print_inside_those_lines(code: str, lines: tuple[int, int], tmp_path: Path) -> None:
    """The line at which a running print is seen lies in the lines that were found for it."""
    seen: list[int] = []

    def record(*values: object) -> None:
        seen.append(sys._getframe(1).f_lineno)

    with contextlib.suppress(SystemExit):
        exec(compile(code, "example", "exec"), {"print": record})
    assert len(seen) == 1
    assert lines[0] <= seen[0] <= lines[1]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print(1)\n#> 1\n#> 2\n", Expected(1, 2, 3, "1\n2")),
        ("print(1)\n#>\n", Expected(1, 2, 2, "")),
        ("print(1)\n#>   x\n", Expected(1, 2, 2, "  x")),
        ('print(1)\n"""\na\n\n  b\n"""\n', Expected(1, 2, 6, "a\n\n  b")),
        ("print(1)\n'''\na\n'''\nx = 1\n", Expected(1, 2, 4, "a")),
        ('print(1)\n#> 1\n"""\na\n"""\n#> 2\n', Expected(1, 2, 6, "1\na\n2")),
        ('if True:\n    print(1)\n    """\n    a\n      b\n    """\n', Expected(2, 3, 6, "a\n  b")),
        ('print(1)\n#> """\n', Expected(1, 2, 2, '"""')),
    ],
)
def test_expected_output_reads_as_it_stands(code: str, expected: Expected) -> None:
    """Lines and blocks below a print are one text, without the margin of the print."""
    findings = inspect(code)
    assert not findings.mistakes
    assert findings.expected == (expected,)


@pytest.mark.parametrize(
    "code",
    [
        'x = "#> 1"\nassert x\n',
        'print(1)\nx = """\n#> 1\n"""\n',
        '# > 1\nassert len("#> 2") == 4\n',
        'def f():\n    """\n    words\n    """\nprint(f())\n',
        'print(1)\n\n"""\nnot below\n"""\n',
        'print(1)\nr"""\nraw\n"""\n',
    ],
)
def test_strings_and_other_comments_are_no_output(code: str) -> None:
    """The mark inside a string, and a string that does not stand below a print, expect nothing."""
    findings = inspect(code)
    assert not findings.mistakes
    assert not findings.expected


@pytest.mark.parametrize(
    ("code", "line", "problem"),
    [
        ("x = 1\n#> 1\n", 2, Code.EXPECTED_WITHOUT_PRINT),
        ("#> 1\n", 1, Code.EXPECTED_WITHOUT_PRINT),
        ("print(1)\n\n#> 1\n", 3, Code.EXPECTED_WITHOUT_PRINT),
        ("def show(x):\n    print(x)\nshow(1)\n#> 1\n#> 2\n", 4, Code.EXPECTED_WITHOUT_PRINT),
        ("print(1)\n# words\n#> 1\n", 3, Code.EXPECTED_WITHOUT_PRINT),
        ("print(1)  #> 1\n", 1, Code.BAD_EXPECTED),
        ("print(1)\n#>1\n", 2, Code.BAD_EXPECTED),
        ('print(1)\n"""a\nb"""\n', 2, Code.BAD_EXPECTED),
        ('print(1)\n"""a"""\n', 2, Code.BAD_EXPECTED),
        ("x = 1\n", 1, Code.CHECKS_NOTHING),
        ("assert True\n", 1, Code.CHECKS_NOTHING),
        ('assert (1, "words")\n', 1, Code.CHECKS_NOTHING),
        ("fails\n", 1, Code.CHECKS_NOTHING),
        ("x = 1\nif x:\n", 2, Code.EXAMPLE_INDENTATION),
        ("x = 1\n  y = 2\n", 2, Code.EXAMPLE_INDENTATION),
        ("if 1:\n    x = 1\n  y = 2\n", 3, Code.EXAMPLE_INDENTATION),
        ("x = 1\ny = (\n", 2, Code.EXAMPLE_SYNTAX),
        ("x = 1\nx ===\n", 2, Code.EXAMPLE_SYNTAX),
        ("return 1\n", 1, Code.EXAMPLE_SYNTAX),
        ("x = 1\nbreak\n", 2, Code.EXAMPLE_SYNTAX),
        ('x = 1\ny = "unfinished\n', 2, Code.EXAMPLE_SYNTAX),
        ('x = 1\nprint("""a\n', 2, Code.EXAMPLE_SYNTAX),
        ("x = 1\nx = \0\n", 1, Code.EXAMPLE_SYNTAX),
        ("(" * 500 + ")" * 500 + "\n", 1, Code.EXAMPLE_SYNTAX),
        ("-" * 20000 + "1\n", 1, Code.EXAMPLE_SYNTAX),
    ],
)
def test_mistakes_have_their_line_and_code(code: str, line: int, problem: Code) -> None:
    """Each mistake that can be seen without a run is reported once, at its own line."""
    (mistake,) = inspect(code).mistakes
    assert (mistake.code, mistake.line) == (problem, line)


@pytest.mark.parametrize(
    "code", ["print(1)\n", "assert x\n", "with fails(EPERM):\n    x()\n", "def f():\n    assert x\n"]
)
def test_a_check_that_can_fail_is_enough(code: str) -> None:
    """A print, an assert or a fails that may be reached is for the run to judge."""
    assert inspect(code).mistakes == ()


def test_an_odd_escape_is_no_mistake_of_the_example(recwarn: pytest.WarningsRecorder) -> None:
    """What Python only warns of is left to the linter, and nothing is written to standard error."""
    assert inspect('print("\\d")\n').mistakes == ()
    assert not recwarn.list


_LINES = st.sampled_from(
    (
        "#> 1",
        "    # a comment",
        "x = 1  # behind code",
        'x = "# no comment"',
        'x = """',
        "# inside, or not",
        '"""',
        "",
        'f"{1}# no"',
        "print(1)",
        "x = (",
        ")",
        "\f# after a form feed",
    )
)


@given(st.lists(_LINES, max_size=8))
def test_comments_are_those_of_the_tokens(lines: list[str]) -> None:
    """Comments that are found line by line are those that the tokens of the code have."""
    text = "\n".join(lines) + "\n"
    try:
        nodes = every(parsed(text))
    except SyntaxError:
        return
    assert code._comments(text, nodes) == code._tokenized(text)
