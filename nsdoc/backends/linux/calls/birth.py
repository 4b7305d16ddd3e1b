"""fork(2), clone(2) and clone3(2)."""

from __future__ import annotations

from struct import pack

from nsdoc import abi
from nsdoc.backends.linux.machine import BIRTH
from nsdoc.backends.linux.request import Request
from nsdoc.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nsdoc.backends.linux.agent import Agent

    Birth = tuple[Agent, Request]

# With one of these an agent and its child would run on the same stack,
# or the child on memory that is not there.
_SHARED = abi.CLONE_VM | abi.CLONE_VFORK | abi.CLONE_SETTLS
# With these beside CLONE_THREAD the kernel refuses before it makes a process, copy_process().
_NEVER_A_THREAD = abi.CLONE_NEWUSER | abi.CLONE_NEWPID
_U64 = (1 << 64) - 1


def fork(agent: Agent) -> Birth:
    return clone(agent, 0)


def clone(agent: Agent, flags: int) -> Birth:
    _check(flags)
    request = Request()
    request.add("clone", flags | abi.SIGCHLD, 0, 0, 0, 0, flags=BIRTH)
    return agent.birth(request, shared=bool(flags & abi.CLONE_FILES))


def clone3(agent: Agent, flags: int, set_tid: tuple[int, ...]) -> Birth:
    _check(flags)
    request = Request()
    pids = request.put(pack(f"<{len(set_tid)}i", *set_tid)) if set_tid else 0
    # struct clone_args of linux/sched.h.
    arguments = pack("<11Q", flags & _U64, 0, 0, 0, abi.SIGCHLD, 0, 0, 0, pids, len(set_tid), 0)
    request.add("clone3", arguments, len(arguments), flags=BIRTH)
    return agent.birth(request, shared=bool(flags & abi.CLONE_FILES))


def _check(flags: int) -> None:
    """See to it that a new process has memory of its own, or that the kernel refuses to make it.

    Raises:
        Unavailable: it would not.
    """
    if flags & abi.CLONE_PIDFD:
        raise Unavailable("CLONE_PIDFD is not offered; pidfd_open() gives such a descriptor afterwards")
    if flags & _SHARED and not _contradictory(flags):
        raise Unavailable("CLONE_VM, CLONE_VFORK and CLONE_SETTLS share the agent's memory: not offered")


def _contradictory(flags: int) -> bool:
    """Whether the kernel refuses flags that share memory, whatever else there is."""
    thread, handlers = flags & abi.CLONE_THREAD, flags & abi.CLONE_SIGHAND
    if thread and (flags & _NEVER_A_THREAD or not handlers):
        return True
    return bool(handlers and not flags & abi.CLONE_VM)


CALLS: Mapping[str, Callable[..., Birth]] = {"fork": fork, "clone": clone, "clone3": clone3}
"""The calls that make a process: its agent, and the first request for it."""
