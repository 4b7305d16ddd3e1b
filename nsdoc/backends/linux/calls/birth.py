"""fork(2), clone(2) and clone3(2)."""

from __future__ import annotations

from struct import pack

from nsdoc import abi
from nsdoc.backends.linux import labour
from nsdoc.backends.linux.machine import BIRTH
from nsdoc.backends.linux.request import Request
from nsdoc.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nsdoc.backends.linux.agent import Agent

    Birth = tuple[Agent, Request]

# What shares the memory of an agent, CLONE_VM, is a thread or process like others:
# an agent uses no stack, and while one that shares is at a call, the others wait for theirs.
_NOT_OFFERED = {
    abi.CLONE_PIDFD: "CLONE_PIDFD is not offered; pidfd_open() gives such a descriptor afterwards",
    abi.CLONE_VFORK: "CLONE_VFORK is not offered: the caller would not answer before the child ends",
    abi.CLONE_SETTLS: "CLONE_SETTLS is not offered: there is no memory for it",
}
# The kernel takes no signal for the end of these from clone3(2).
_NO_SIGNAL = abi.CLONE_THREAD | abi.CLONE_PARENT
_U64 = (1 << 64) - 1


def fork(agent: Agent) -> Birth:
    return clone(agent, 0)


def clone(agent: Agent, flags: int) -> Birth:
    _check(flags)
    return labour.born(agent, labour.clone(flags), shared=bool(flags & abi.CLONE_FILES))


def clone3(agent: Agent, flags: int, set_tid: tuple[int, ...]) -> Birth:
    _check(flags)
    # struct clone_args of linux/sched.h.
    signal = 0 if flags & _NO_SIGNAL else abi.SIGCHLD

    def call(request: Request) -> None:
        pids = request.put(pack(f"<{len(set_tid)}i", *set_tid)) if set_tid else 0
        arguments = pack("<11Q", flags & _U64, 0, 0, 0, signal, 0, 0, 0, pids, len(set_tid), 0)
        request.add("clone3", arguments, len(arguments), flags=BIRTH)

    return labour.born(agent, call, shared=bool(flags & abi.CLONE_FILES))


def _check(flags: int) -> None:
    """See whether an agent can have such a child.

    Raises:
        Unavailable: it cannot; the message says why.
    """
    for flag, reason in _NOT_OFFERED.items():
        if flags & flag:
            raise Unavailable(reason)


CALLS: Mapping[str, Callable[..., Birth]] = {"fork": fork, "clone": clone, "clone3": clone3}
"""The calls that make a process: its agent, and the first request for it."""
