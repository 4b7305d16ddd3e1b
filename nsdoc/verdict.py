"""Verdicts: what a run says of a claim, and under which conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from nsdoc.page import Place


class Kind(StrEnum):
    """What can be said of a claim."""

    HOLDS = "holds"
    REFUTED = "refuted"
    NOT_APPLICABLE = "not-applicable"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"

    @property
    def failed(self) -> bool:
        """Whether the page must not be built like that."""
        return self in (Kind.REFUTED, Kind.BROKEN)

    @property
    def decided(self) -> bool:
        """Whether the kernel has said something."""
        return self in (Kind.HOLDS, Kind.REFUTED)


class Reason(StrEnum):
    """Why a claim does not hold: a stable code each, described in nsdoc(1)."""

    WRONG_OUTPUT = "nsdoc.wrong-output"
    WRONG_ERROR = "nsdoc.wrong-error"
    UNEXPECTED_ERROR = "nsdoc.unexpected-error"
    ASSERTION = "nsdoc.assertion"
    WRONG_BOUND = "nsdoc.wrong-bound"
    RAISED = "nsdoc.raised"
    TIMEOUT = "nsdoc.timeout"
    EXITED = "nsdoc.exited"
    KILLED = "nsdoc.killed"
    RAN_ON = "nsdoc.ran-on"
    CHILD_FAILED = "nsdoc.child-failed"
    TOO_MUCH_OUTPUT = "nsdoc.too-much-output"
    TOO_MANY_PROCESSES = "nsdoc.too-many-processes"
    TOO_MUCH_MEMORY = "nsdoc.too-much-memory"
    CUT_OFF = "nsdoc.cut-off"
    UNEXPECTED_OUTPUT = "nsdoc.unexpected-output"
    PRINT_NEVER_RAN = "nsdoc.print-never-ran"
    CHECKS_NOTHING = "nsdoc.checks-nothing"
    RUNNER_LOST = "nsdoc.runner-lost"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one example has shown.

    `place` is the line that decided, `message` a sentence for people;
    `expected` and `observed` are texts, or None where they do not apply.
    """

    kind: Kind
    place: Place
    message: str = ""
    code: str = ""
    expected: str | None = None
    observed: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one claim under the conditions of its report.

    `claim` is the claim's permanent name, `digest` that of its prose and examples,
    `date` the day of the run (ISO 8601), `seconds` how long its examples took,
    `finding` what decided, `output` the lines that its examples printed,
    `trace` the calls of the example that decided, one text each, when the claim failed.
    """

    claim: str
    digest: str
    finding: Finding
    date: str
    seconds: float = 0.0
    output: str = ""
    trace: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """The verdict itself."""
        return self.finding.kind


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a verdict depends on besides the claim.

    `backend` is ``linux`` or ``model``, `release` the kernel's,
    `version` and `machine` as uname(2) gives them (empty for the model),
    `credentials` and `sysctls` by name, `engine` a digest of the code that runs examples.
    """

    backend: str
    release: str
    version: str = ""
    machine: str = ""
    credentials: dict[str, str] = field(default_factory=dict)
    sysctls: dict[str, str] = field(default_factory=dict)
    engine: str = ""

    @property
    def words(self) -> str:
        """The kernel in words, such as ``Linux 6.18.44`` or ``the model of Linux 6.18``."""
        return f"Linux {self.release}" if self.backend == "linux" else f"the model of Linux {self.release}"
