"""Comparing what two kernels gave, call by call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nsdoc import abi
from nsdoc.walk.step import IMAGE, Step, Taken

# What a call gives beside what the two kernels must agree on: descriptors, PIDs and inode numbers.
_OPAQUE = frozenset(
    "open dup pidfd_open pidfd_getfd open_tree fsopen fsmount socket pipe socketpair"
    " add_key request_key prlimit fork clone clone3".split()
)
STATUS = ("Uid", "Gid", "Groups", "Cap", "NoNewPrivs", "NSpid", "TracerPid")
"""How the lines of /proc/PID/status begin that two kernels must agree on."""

_NAMESPACE = re.compile(r"([a-z_]+):\[(\d+)\]")
_MODE, _UID, _GID, _RDEV = 0, 4, 5, 7
# Requests of ioctl_nsfs(2) that give a number which means something by itself.
_TOLD = (abi.NS_GET_NSTYPE, abi.NS_GET_OWNER_UID)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two kernels disagree: the number of the step, and what each gave."""

    step: int
    expected: tuple[int, Any]
    observed: tuple[int, Any]


class Names:
    """The names of namespaces by the order in which they were seen: their numbers differ from kernel to
    kernel."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def known(self, text: str) -> str:
        """The text with every namespace named by its order."""
        return _NAMESPACE.sub(
            lambda match: f"{match[1]}:#{self._seen.setdefault(match[0], len(self._seen))}", text
        )


def comparable(step: Step, taken: Taken, names: Names) -> tuple[int, Any]:
    """What is compared of an outcome: the error, and as much of the value as kernels agree on."""
    if taken.errno or step.call in _OPAQUE or (IMAGE,) in step.args:
        return taken.errno, None
    value = taken.value
    if step.call in ("stat", "lstat", "fstat"):
        return 0, (value[_MODE], value[_UID], value[_GID], value[_RDEV])
    if step.call == "readlink":
        return 0, names.known(value)
    if step.call == "ioctl":
        return 0, value if step.args[1] in _TOLD else None
    if step.call in ("read", "pread") and isinstance(value, bytes):
        return 0, _content(step, value)
    if step.call in ("keyctl", "getsid", "setsid", "recvmsg", "getcwd", "listdir"):
        return 0, _settled(step, value)
    return 0, value


def _content(step: Step, value: bytes) -> Any:
    if value.startswith(b"\x7fELF"):
        return "program"
    text = value.decode(errors="surrogateescape")
    if text.startswith("Name:"):
        return tuple(line.rstrip() for line in text.splitlines() if line.startswith(STATUS))
    return text


def _settled(step: Step, value: Any) -> Any:
    if step.call == "recvmsg":
        data, credentials, fds = value
        return data, credentials, len(fds)
    if step.call == "listdir":
        return sorted(value)
    return None if step.call == "keyctl" else value


def compare(
    steps: Sequence[Step],
    expected: Sequence[Taken | None],
    observed: Sequence[Taken | None],
) -> Difference | None:
    """The first step at which two kernels disagree, as far as both came."""
    mine, theirs = Names(), Names()
    for number, (one, other) in enumerate(zip(expected, observed, strict=False)):
        if one is None and other is None:
            continue
        left = (0, "no such process") if one is None else comparable(steps[number], one, mine)
        right = (0, "no such process") if other is None else comparable(steps[number], other, theirs)
        if left != right:
            return Difference(number, left, right)
    return None
