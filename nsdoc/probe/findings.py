"""What a probe has found, in values and as JSON can hold it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from nsdoc import abi

SCHEMA = 1


class Likelihood(StrEnum):
    """How sure a cause is, the surest first."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Cause:
    """One explanation of a refusal: `why` in a sentence, `look` what to look at or do next.

    `read` is the page and anchor of this project's documentation that says more, empty if there is none.
    """

    id: str
    likelihood: Likelihood
    why: str
    look: str
    read: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a kernel said no: the number of its error, if there was one, and words where it says too little."""

    errno: int = 0
    words: str = ""

    @property
    def name(self) -> str:
        """The symbol of the error, such as ``EPERM``; empty where there was none."""
        return abi.errno_name(self.errno) if self.errno else ""

    def __str__(self) -> str:
        return self.words or f"{self.name} ({abi.errno_text(self.errno)})"


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing that was tried.

    `what` says it in words.
    `refusal` is None where it worked; `tried` is false where an earlier refusal stands in the way.
    """

    id: str
    what: str
    refusal: Refusal | None = None
    tried: bool = True
    causes: tuple[Cause, ...] = ()

    @property
    def works(self) -> bool:
        """Whether it was tried and not refused."""
        return self.tried and self.refusal is None


@dataclass(frozen=True, slots=True)
class Host:
    """The system, as uname(2) gives it; `kind` is ``Linux``, ``gVisor``, ``WSL 1``, ``WSL 2`` or another."""

    system: str
    release: str
    version: str
    machine: str
    kind: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The process that probes: what of it the kernel looks at.

    IDs are those of its own user namespace.
    `capabilities` and `bounding` are effective and bounding set, `seccomp` is 2 where a filter is active.
    `uid_mapped` and `gid_mapped` tell whether its IDs are mapped in its user namespace,
    `ids` how many user IDs are mapped there;
    `chroot` is None where that cannot be told, `profile` its AppArmor or SELinux label.
    """

    uid: int
    gid: int
    capabilities: int = 0
    bounding: int = 0
    no_new_privs: bool = False
    seccomp: int = 0
    threads: int = 1
    dumpable: bool = True
    uid_mapped: bool = True
    gid_mapped: bool = True
    ids: int = 0xFFFFFFFF
    chroot: bool | None = None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that causes are ranked by.

    `sysctls` are by name, `profile_inside` is the label of a process after unshare(CLONE_NEWUSER).
    """

    host: Host
    caller: Caller
    sysctls: dict[str, str] = field(default_factory=dict)
    profile_inside: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a probe has found: the facts, the stages in order, and the features that examples can ask for."""

    facts: Facts
    stages: tuple[Stage, ...]
    features: tuple[Stage, ...] = ()

    @property
    def user_namespaces(self) -> bool:
        """Whether user namespaces can be created, mapped and used."""
        return bool(self.stages) and all(stage.works for stage in self.stages if stage.id in ESSENTIAL)

    def dump(self) -> dict[str, Any]:
        """The findings as JSON can hold them."""
        return {
            "schema": SCHEMA,
            "user_namespaces": self.user_namespaces,
            "host": asdict(self.facts.host),
            "caller": _caller(self.facts.caller),
            "sysctls": self.facts.sysctls,
            "stages": [_stage(stage) for stage in self.stages],
            "features": {stage.id: _feature(stage) for stage in self.features},
        }


ESSENTIAL = frozenset(("unshare", "uid_map", "gid_map", "identity", "capability", "clone"))
"""The stages that all have to work; the others are told, and can be done without."""


def _caller(caller: Caller) -> dict[str, Any]:
    fields = asdict(caller)
    return fields | {name: f"{fields[name]:#x}" for name in ("capabilities", "bounding")}


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "id": stage.id,
        "what": stage.what,
        "result": "yes" if stage.works else "no" if stage.tried else "untried",
        **_refused(stage),
    }


def _feature(stage: Stage) -> dict[str, Any]:
    return {"what": stage.what, "here": stage.works, **_refused(stage)}


def _refused(stage: Stage) -> dict[str, Any]:
    return {
        "errno": stage.refusal.name if stage.refusal else "",
        "reason": str(stage.refusal or ""),
        "causes": [asdict(cause) for cause in stage.causes],
    }
