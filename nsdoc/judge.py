"""The judge: what a run says of an example."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

from nsdoc import run
from nsdoc.page import Example, Expected, Place, Print
from nsdoc.run import Ending, Run
from nsdoc.source import notation
from nsdoc.verdict import Finding, Kind, Reason

# How a run that did not reach its end is to be understood.
_ENDINGS = {
    run.RAISED: (Kind.BROKEN, Reason.RAISED),
    run.TIMEOUT: (Kind.BROKEN, Reason.TIMEOUT),
    run.EXITED: (Kind.BROKEN, Reason.EXITED),
    run.KILLED: (Kind.BROKEN, Reason.KILLED),
    run.RETURNED: (Kind.BROKEN, Reason.RAN_ON),
    run.FLOODED: (Kind.BROKEN, Reason.TOO_MUCH_OUTPUT),
    run.CROWDED: (Kind.BROKEN, Reason.TOO_MANY_PROCESSES),
    run.STARVED: (Kind.BROKEN, Reason.TOO_MUCH_MEMORY),
    run.CUT: (Kind.BROKEN, Reason.CUT_OFF),
    run.LOST: (Kind.BROKEN, Reason.RUNNER_LOST),
}


def judge(example: Example, seen: Run) -> Finding:
    """The finding of one run of an example.

    It holds when the example ran to its end, checked something, printed exactly what is expected,
    and no process of it wrote or failed behind its back.
    When it ended early, that is the finding, unless what it had printed until then refutes it already.
    """
    wrong = _wrong_outputs(example, seen)
    if seen.ending is None:
        return next(wrong, None) or _behind(example, seen) or _silent(example, seen) or _held(example)
    if seen.ending.kind == run.FLOODED:
        return _ended(example, seen.ending)
    refuted = (finding for finding in wrong if finding.kind is Kind.REFUTED)
    return next(refuted, None) or _ended(example, seen.ending)


def _held(example: Example) -> Finding:
    return Finding(Kind.HOLDS, example.place)


def _ended(example: Example, ending: Ending) -> Finding:
    place = Place(example.place.file, ending.line or example.place.line)
    if ending.kind == run.UNAVAILABLE:
        return Finding(Kind.UNAVAILABLE, place, ending.message)
    if ending.kind == run.FAILED:
        code = Reason.WRONG_ERROR if ending.expected else Reason.ASSERTION
        return _refuted(place, ending, code)
    if ending.observed:
        return _refuted(place, ending, Reason.UNEXPECTED_ERROR)
    kind, code = _ENDINGS[ending.kind]
    return Finding(kind, place, ending.message, code)


def _refuted(place: Place, ending: Ending, code: Reason) -> Finding:
    return Finding(
        Kind.REFUTED, place, ending.message, code, ending.expected or None, ending.observed or None
    )


def _wrong_outputs(example: Example, seen: Run) -> Iterator[Finding]:
    """A finding for each print whose outputs are not those expected, in the order of the source."""
    outputs = notation.by_print(example, seen.prints)
    expected = {wanted.after: wanted for wanted in example.expected}
    for site in sorted({*outputs, *_sites(example)}, key=lambda site: site.last):
        finding = _compare(example, site, outputs.get(site), expected.get(site.last), seen.ending is None)
        if finding is not None:
            yield finding


def _sites(example: Example) -> list[Print]:
    """The prints below which an output is expected."""
    ends = {wanted.after for wanted in example.expected}
    return [site for site in example.prints if site.last in ends]


def _compare(
    example: Example, site: Print, outputs: list[str] | None, wanted: Expected | None, whole: bool
) -> Finding | None:
    """What is wrong with the outputs of one print; they are `whole` when the example ran to its end."""
    place = Place(example.place.file, example.place.line + site.first - 1)
    if outputs is None:
        text = wanted.text if wanted is not None else None
        message = "the output below this print was expected, but the print never ran"
        return Finding(Kind.BROKEN, place, message, Reason.PRINT_NEVER_RAN, text)
    observed = notation.joined(outputs)
    if wanted is None:
        message = "this print has no expected output below it; nsdoc check --update writes it"
        return Finding(Kind.BROKEN, place, message, Reason.UNEXPECTED_OUTPUT, None, observed)
    if _same(wanted.text, observed) or (not whole and wanted.text.startswith(f"{observed}\n")):
        return None
    return Finding(
        Kind.REFUTED, place, "the output is another one", Reason.WRONG_OUTPUT, wanted.text, observed
    )


def _same(expected: str, observed: str) -> bool:
    """Whether two outputs are equal, or the same Python value laid out in another way."""
    if expected == observed:
        return True
    # A comment says something, but not to Python.
    if "\n" not in expected or "#" in expected or "#" in observed:
        return False
    return _tree(expected) == _tree(observed) is not None


def _tree(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _behind(example: Example, seen: Run) -> Finding | None:
    """What processes of the example did behind its back."""
    if seen.output:
        message = "a process of the example wrote to standard output or error by itself"
        return Finding(
            Kind.BROKEN, example.place, message, Reason.UNEXPECTED_OUTPUT, None, seen.output.rstrip("\n")
        )
    for pid, status in seen.exits:
        message = (
            f"process {pid}, forked by the example, ended with {_status(status)}, and nothing looks at it"
        )
        return Finding(Kind.BROKEN, example.place, message, Reason.CHILD_FAILED)
    return None


def _silent(example: Example, seen: Run) -> Finding | None:
    """An example that ran to its end without having checked anything."""
    if seen.checks or seen.prints:
        return None
    message = "the example reached no print with an output, no assert and no fails: it cannot come out wrong"
    return Finding(Kind.BROKEN, example.place, message, Reason.CHECKS_NOTHING)


def _status(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit status {os.WEXITSTATUS(status)}"
