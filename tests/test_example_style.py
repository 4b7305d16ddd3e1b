"""The code of every example of the pages: read, linted and formatted with pytest-examples.

Running and judging are ours; the notation of outputs and the style of the code are theirs.
``pytest tests/test_example_style.py --update-examples`` formats the examples in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_examples import CodeExample, EvalExample

from nsdoc import abi
from nsdoc.page import Example, Page
from nsdoc.source import read_pages
from nsdoc.source.notation import written

ROOT = Path(__file__).parents[1]
PAGES = [page for page in read_pages([ROOT / "docs"]).pages if page.claims]
WIDTH = 100
# What is in scope of an example without being defined in it.
SCOPE = ("kernel", "fails", "KernelError", *abi.constants())


class InProse(CodeExample):
    """Code in prose has one empty line between functions, as pytest-examples has it in docstrings."""

    def in_py_file(self) -> bool:
        return True


by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)


def examples_of(page: Page) -> Iterator[Example]:
    return (example for claim in page.claims for example in claim.examples if example.place.file == page.file)


def as_code_example(example: Example, group: UUID) -> Any:
    """An example as pytest-examples knows it: the indexes are those of the indented text in the file."""
    path = Path(example.place.file)
    lines = path.read_text("utf-8").split("\n")
    first, count = example.place.line - 1, example.code.count("\n")
    start = sum(len(line) + 1 for line in lines[:first])
    code = InProse.create(
        example.code,
        path=path,
        start_line=first,
        end_line=first + count,
        start_index=start,
        end_index=start + sum(len(line) + 1 for line in lines[first : first + count]),
        prefix="python",
        indent=example.indent,
    )
    code.group = group
    return code


def as_module(page: Page) -> Any:
    """The examples of a page as one module, so that one process lints them all.

    Each line stands at its own line of the page, and each example is a function:
    one cannot use the names of another.
    """
    examples = list(examples_of(page))
    lines = [""] * max(example.place.line + example.code.count("\n") for example in examples)
    lines[0] = " = ".join(SCOPE) + " = None"
    for number, example in enumerate(examples):
        code = example.code.rstrip("\n").split("\n")
        start = example.place.line - 1
        # The line above an example is empty, or its directive's.
        lines[start - 1] = f"def example_{number}():"
        lines[start : start + len(code)] = [f"    {line}" if line else "" for line in code]
    return CodeExample.create("\n".join(lines) + "\n", path=Path(page.file), prefix="python")


@by_page
def test_examples_are_formatted(
    page: Page, eval_example: EvalExample, request: pytest.FixtureRequest
) -> None:
    """Every example is laid out as black lays out code, or is made so under --update-examples."""
    if eval_example.update_examples and hasattr(request.config, "workerinput"):
        pytest.fail("--update-examples ruins the pages under pytest-xdist", pytrace=False)
    eval_example.set_config(line_length=WIDTH, quotes="double")
    group, wrong = uuid4(), []
    for example in examples_of(page):
        code = as_code_example(example, group)
        if eval_example.update_examples:
            eval_example.format_black(code)
            continue
        try:
            eval_example.lint_black(code)
        except pytest.fail.Exception as failure:
            wrong.append(str(failure))
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@by_page
def test_examples_are_clean(page: Page, eval_example: EvalExample) -> None:
    """No example uses a name that is not in its scope, shadows a builtin, and so on."""
    # A name that nothing uses can still say what a value is: "sender, receiver = ...".
    eval_example.set_config(ruff_ignore=["F841", "RUF059", "B007"])
    eval_example.lint_ruff(as_module(page))


@pytest.mark.parametrize("text", ["33", "two words", "a\nb", "x" * 90, "  indented\n    more", "'quoted'"])
def test_the_notation_is_that_of_pytest_examples(text: str, eval_example: EvalExample) -> None:
    """What we write below a print is what pytest-examples expects there."""
    code = "\n".join([f"x = {text!r}", "if x is not None:", "    print(x)"])
    output = "\n".join(f"    {line}" if line else "" for line in written([text], 4))
    eval_example.set_config(line_length=88)
    eval_example.run_print_check(CodeExample.create(f"{code}\n{output}\n", prefix="python"))
