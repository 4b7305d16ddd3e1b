"""How verdicts look on a terminal: pure functions from values to text."""

from __future__ import annotations

import difflib
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from nsdoc.page import Claim, Example, Page, Place
from nsdoc.problems import Problem
from nsdoc.report import Report
from nsdoc.terminal import Terminal
from nsdoc.verdict import Finding, Kind, Verdict

_STYLES = {
    Kind.HOLDS: ("green",),
    Kind.REFUTED: ("red", "bold"),
    Kind.BROKEN: ("red", "bold"),
    Kind.UNAVAILABLE: ("yellow",),
    Kind.NOT_APPLICABLE: ("dim",),
}
_WIDTH = 78
_LONGEST_TRACE = 40


def problem(found: Problem, terminal: Terminal) -> str:
    """A mistake in a source, in a line."""
    return terminal.paint(str(found), "red")


def line(verdict: Verdict, terminal: Terminal) -> str:
    """A verdict in a line."""
    reason = f": {verdict.finding.message}" if verdict.finding.message else ""
    return f"{_painted(verdict.kind, terminal)} {verdict.claim}{reason}"


def finding(found: Finding, terminal: Terminal) -> str:
    """What an example has shown, in a line."""
    code = f" [{found.code}]" if found.code else ""
    reason = f": {found.message}" if found.message else ""
    return f"{found.place}: {_painted(found.kind, terminal)}{reason}{code}"


def failure(verdict: Verdict, claim: Claim, terminal: Terminal) -> str:
    """Everything one needs to mend a claim that failed: words, example, expectation, outcome and trace."""
    finding = verdict.finding
    parts = [
        f"{finding.place}: {_painted(finding.kind, terminal)} {claim.name} [{finding.code}]",
        textwrap.indent(textwrap.fill(claim.prose, _WIDTH), "  "),
        "",
        *_code(_example_at(claim, finding.place.line), finding.place.line, terminal),
        "",
        textwrap.indent(finding.message, "  "),
        *_compared("expected", finding.expected),
        *_compared("observed", finding.observed),
        *_trace(verdict.trace, terminal),
        "",
    ]
    return "\n".join(parts)


def page(shown: Page, seen: Report, terminal: Terminal) -> str:
    """One page in a line: how many of its claims hold, and what became of the others."""
    kinds = [seen.by_claim[claim.name].kind for claim in shown.claims]
    return f"{shown.title}: {_counted(kinds, terminal)}"


def summary(seen: Report, run: int, seconds: float, terminal: Terminal) -> str:
    """The closing line: the claims, the kernel, what was run and how long it took."""
    kinds = [verdict.kind for verdict in seen.verdicts]
    idle = "nothing had changed, nothing was run" if kinds else "nothing was run"
    ran = f"{run} {_plural(run, 'example')} run" if run else idle
    return f"{_counted(kinds, terminal)} on {seen.conditions.words}; {ran}, {seconds:.1f} s"


def reasons(seen: Report, terminal: Terminal) -> Iterator[str]:
    """Why claims could not be decided: each reason once, with the number of claims it is given for."""
    given = Counter(
        verdict.finding.message for verdict in seen.verdicts if verdict.kind is Kind.UNAVAILABLE
    )
    for reason, number in given.most_common():
        yield f"{number} {_painted(Kind.UNAVAILABLE, terminal)}: {reason}"


def annotation(place: Place, title: str, message: str) -> str:
    """A line that GitHub Actions shows beside a line of a file: its workflow command ``error``."""
    where = f"file={_property(place.file)},line={place.line},title={_property(title)}"
    return f"::error {where}::{_escaped(message)}"


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def difference(claim: str, old: Verdict | None, new: Verdict | None, terminal: Terminal) -> str:
    """A claim on which two reports differ, in a line."""
    before, after = (_painted(one.kind, terminal) if one else "not known" for one in (old, new))
    reason = f" ({new.finding.message})" if new is not None and new.finding.message else ""
    changed = ", of other words or another example" if old and new and old.digest != new.digest else ""
    return f"{claim}: {before}, then {after}{reason}{changed}"


def evidence(
    name: str,
    seen: Report,
    current: Sequence[str],
    stale: Sequence[str],
    missing: Sequence[str],
    terminal: Terminal,
) -> str:
    """A report of another kernel in a line: its verdicts, and how many still fit the pages."""
    kinds = [seen.by_claim[claim].kind for claim in current]
    counted = _counted(kinds, terminal) if kinds else "no claim is as it was"
    said = f"{name}: {seen.conditions.words}: {counted}"
    if stale:
        said += f", {terminal.paint(f'{len(stale)} stale', 'yellow')}"
    return f"{said}, {len(missing)} not run" if missing else said


def coverage(pages: Iterable[Page], terminal: Terminal) -> Iterator[str]:
    """The sentences of each page that stand outside its claims, and the share of those that do not."""
    for each in pages:
        unmarked = [passage for passage in each.passages if not passage.mark]
        yield from (f"{passage.place}: outside every claim: {passage.text}" for passage in unmarked)
        marked = len(each.passages) - len(unmarked)
        whole = len(each.claims) + len(each.passages)
        share = 100 * (whole - len(unmarked)) / whole if whole else 100
        yield (
            f"{each.title}: {share:.0f} % accounted for: {len(each.claims)} claims, "
            f"{marked} sentences marked as no claim, {len(unmarked)} neither"
        )


def diff(file: str, before: bytes, after: bytes, terminal: Terminal) -> str:
    """What an update changes in a source."""
    old, new = (data.decode(errors="replace").splitlines() for data in (before, after))
    lines = difflib.unified_diff(old, new, file, file, n=2, lineterm="")
    return "\n".join(_diff_line(text, terminal) for text in lines)


def _diff_line(text: str, terminal: Terminal) -> str:
    styles = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
    return terminal.paint(text, *styles[text[0]]) if text[:1] in styles else text


def _painted(kind: Kind, terminal: Terminal) -> str:
    return terminal.paint(kind, *_STYLES[kind])


def _counted(kinds: list[Kind], terminal: Terminal) -> str:
    held = kinds.count(Kind.HOLDS)
    others = [
        f"{kinds.count(kind)} {_painted(kind, terminal)}"
        for kind in Kind
        if kind is not Kind.HOLDS and kind in kinds
    ]
    claims = "claim holds" if len(kinds) == 1 else "claims hold"
    return ", ".join([f"{held} of {len(kinds)} {claims}", *others])


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _example_at(claim: Claim, line: int) -> Example:
    """The example of a claim in which a line stands, or the first."""
    within = (one for one in claim.examples if 0 <= line - one.place.line < one.code.count("\n"))
    return next(within, claim.examples[0])


def _code(example: Example, failed: int, terminal: Terminal) -> Iterator[str]:
    for number, text in enumerate(example.code.splitlines(), example.place.line):
        mark = ">" if number == failed else " "
        shown = f"{mark} {number:5} | {text}".rstrip()
        yield terminal.paint(shown, "bold") if number == failed else shown


def _compared(word: str, text: str | None) -> Iterator[str]:
    if text is None:
        return
    first, *rest = text.split("\n")
    yield f"  {word}: {first}"
    yield from (f"            {line}" for line in rest)


def _trace(events: tuple[str, ...], terminal: Terminal) -> Iterator[str]:
    if not events:
        return
    yield "  the calls:"
    if len(events) > _LONGEST_TRACE:
        yield terminal.paint(f"    ... {len(events) - _LONGEST_TRACE} earlier ones", "dim")
    yield from (terminal.paint(f"    {event}", "dim") for event in events[-_LONGEST_TRACE:])
