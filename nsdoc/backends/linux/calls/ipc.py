"""System V message queues, which an IPC namespace holds."""

from __future__ import annotations

from nsdoc import abi
from nsdoc.backends.linux.syscalls import buffer, syscall

# struct msqid64_ds begins with struct ipc64_perm: key, uid, gid, cuid, cgid, mode, a word each.
_SIZE = 256
_WORD = 4
_FIRST, _LAST = 1, 5


def msgget(key: int, flags: int) -> int:
    return syscall("msgget", key, flags)


def msgctl(queue: int, command: int) -> tuple[int, ...] | None:
    if command != abi.IPC_STAT:
        syscall("msgctl", queue, command, None)
        return None
    memory = buffer(_SIZE)
    syscall("msgctl", queue, command, memory)
    places = range(_FIRST * _WORD, (_LAST + 1) * _WORD, _WORD)
    return tuple(int.from_bytes(memory.raw[at : at + _WORD], "little") for at in places)


CALLS = (msgget, msgctl)
