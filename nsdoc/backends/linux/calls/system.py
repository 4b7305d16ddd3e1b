"""What concerns the whole system: calls that examine the caller's permission, and a filter of calls."""

from __future__ import annotations

from struct import pack

from nsdoc.backends.linux.numbers import NUMBERS
from nsdoc.backends.linux.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent


# linux/seccomp.h
_SET_MODE_FILTER = 1
_ERRNO = 0x00050000
_ALLOW = 0x7FFF0000


def settimeofday(agent: Agent) -> None:
    # Without a time and without a time zone the kernel stops after the test, do_sys_settimeofday64().
    agent.syscall("settimeofday", None, None)


def init_module(agent: Agent) -> None:
    # An image of no bytes is refused after the test, may_init_module() and copy_module_from_user().
    agent.syscall("init_module", b"", 0, "")


def seccomp(agent: Agent, call: str, error: int) -> None:
    if call not in NUMBERS:
        raise ValueError(f"unknown call {call!r}; known are {', '.join(sorted(NUMBERS))}")
    # linux/filter.h: load the number of the call, compare it, return an error or let the call through.
    steps = ((0x20, 0, 0, 0), (0x15, 0, 1, NUMBERS[call]), (0x06, 0, 0, _ERRNO | error), (0x06, 0, 0, _ALLOW))
    request = Request()
    program = request.put(b"".join(pack("<HBBI", *step) for step in steps))
    request.add("seccomp", _SET_MODE_FILTER, 0, request.put(pack("<HxxxxxxQ", len(steps), program)))
    agent.make(request)


CALLS = (settimeofday, init_module, seccomp)
