"""The host as a test finds it and has to leave it: processes, mounts, IPC objects, temporary files."""

from __future__ import annotations

import ctypes
import difflib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_IPC = ("shm", "sem", "msg")


@dataclass(frozen=True)
class Host:
    """What there is, as lines of text, so that a failed comparison can be read."""

    processes: tuple[str, ...]
    mounts: tuple[str, ...]
    ipc: tuple[str, ...]
    temporary: tuple[str, ...]


def adopt() -> None:
    """Make orphans of this process's children its own, so that none of them can hide behind init."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def look(temporary: Path) -> Host:
    """What there is now; children that have ended are reaped first."""
    _reap()
    mounts = Path("/proc/self/mountinfo").read_text("utf-8").splitlines()
    ipc = [line for name in _IPC for line in Path("/proc/sysvipc", name).read_text("ascii").splitlines()]
    found = sorted(str(path.relative_to(temporary)) for path in temporary.rglob("*"))
    processes = tuple(map(_named, descendants(os.getpid())))
    return Host(processes, tuple(mounts), tuple(" ".join(line.split()[:2]) for line in ipc), tuple(found))


def difference(before: Host, after: Host) -> str:
    """The lines that are new or gone; empty when nothing is."""
    pairs = (
        (before.processes, after.processes),
        (before.mounts, after.mounts),
        (before.ipc, after.ipc),
        (before.temporary, after.temporary),
    )
    changed = [line for old, new in pairs for line in difflib.ndiff(old, new) if line[0] in "+-"]
    return "\n".join(changed)


def children(pid: int) -> list[int]:
    """The children of a process."""
    try:
        return [
            int(child)
            for thread in Path(f"/proc/{pid}/task").iterdir()
            for child in Path(thread, "children").read_text("ascii").split()
        ]
    except OSError:
        return []


def descendants(pid: int) -> Iterator[int]:
    """The children of a process, theirs, and so on."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def waits_in(pid: int, function: str) -> bool:
    """Whether a process sleeps in a function of the kernel whose name contains `function`."""
    try:
        return function in Path(f"/proc/{pid}/wchan").read_text("ascii")
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until a condition is true.

    Raises:
        AssertionError: it is not within that time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.005)


def _reap() -> None:
    """Reap the children that have ended; most are orphans that this process adopted."""
    for pid in children(os.getpid()):
        if _state(pid) == "Z":
            os.waitpid(pid, 0)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _named(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        words = ""
    return f"{pid} {_state(pid)} {words}"
