"""What an example may use besides time: processes, memory, output."""

from __future__ import annotations

import os

from nsdoc import run

PROCESSES = 256
"""The processes that an example may have at a time, its own and zombies among them."""

PROCESS_MEMORY = 1 << 30
"""The bytes of address space that one process of an example may have."""

MEMORY = 2 << 30
"""The bytes of memory that the processes of an example may have together, shared files aside."""

OUTPUT = 64 << 10
"""The bytes that an example may print, and those that its processes may write by themselves."""

_CHUNK = 65536


def excess(pid: int) -> tuple[str, str] | None:
    """What the process and its descendants have too much of: a kind of ending, and a sentence.

    None if nothing, as far as /proc tells.
    """
    found = _tree(pid)
    if len(found) > PROCESSES:
        return run.CROWDED, f"more than {PROCESSES} processes at a time"
    if sum(map(_memory, found)) > MEMORY:
        return run.STARVED, f"more than {in_words(MEMORY)} of memory in all processes together"
    return None


def flood() -> tuple[str, str]:
    """The ending of an example that wrote too much."""
    return run.FLOODED, f"more than {in_words(OUTPUT)} of output"


def starvation() -> tuple[str, str]:
    """The ending of an example that could not have the memory it asked for."""
    return run.STARVED, f"more than {in_words(PROCESS_MEMORY)} of memory in one process"


def _tree(pid: int) -> list[int]:
    """The process and its descendants, or the first of them if there are too many."""
    # They may multiply faster than they are counted.
    found = [pid]
    for one in found:
        found += map(int, _words(f"/proc/{one}/task/{one}/children"))
        if len(found) > PROCESSES:
            break
    return found


def in_words(size: int) -> str:
    """A number of bytes in the largest unit that leaves it whole."""
    for unit in ("bytes", "KiB", "MiB"):
        if size % 1024:
            return f"{size} {unit}"
        size //= 1024
    return f"{size} GiB"


def _memory(pid: int) -> int:
    """The bytes of a process that belong to no file, proc_pid_statm(5)."""
    pages = [int(word) for word in _words(f"/proc/{pid}/statm")]
    return (pages[1] - pages[2]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def _words(file: str) -> list[bytes]:
    """The words of a short file in /proc; none when the process is gone."""
    try:
        fd = os.open(file, os.O_RDONLY)
    except OSError:
        return []
    try:
        return os.read(fd, _CHUNK).split()
    except OSError:
        return []
    finally:
        os.close(fd)
