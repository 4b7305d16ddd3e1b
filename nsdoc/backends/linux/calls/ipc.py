"""System V message queues, which an IPC namespace holds."""

from __future__ import annotations

from nsdoc import abi
from nsdoc.backends.linux.request import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent

# struct msqid64_ds begins with struct ipc64_perm: key, uid, gid, cuid, cgid, mode, a word each.
_SIZE = 256
_WORDS = 6


def msgget(agent: Agent, key: int, flags: int) -> int:
    return agent.syscall("msgget", key, flags)


def msgctl(agent: Agent, queue: int, command: int) -> tuple[int, ...] | None:
    if command != abi.IPC_STAT:
        agent.syscall("msgctl", queue, command, None)
        return None
    memory = Room(_SIZE)
    agent.syscall("msgctl", queue, command, memory)
    return memory.words(_WORDS)[1:]


CALLS = (msgget, msgctl)
