"""What concerns the whole system: calls that examine the caller's permission, and a filter of calls."""

from __future__ import annotations

from nsdoc.backends.linux import bpf
from nsdoc.backends.linux.numbers import NUMBERS
from nsdoc.backends.linux.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent


# linux/seccomp.h
_SET_MODE_FILTER = 1


def settimeofday(agent: Agent) -> None:
    # Without a time and without a time zone the kernel stops after the test, do_sys_settimeofday64().
    agent.syscall("settimeofday", None, None)


def init_module(agent: Agent) -> None:
    # An image of no bytes is refused after the test, may_init_module() and copy_module_from_user().
    agent.syscall("init_module", b"", 0, "")


def seccomp(agent: Agent, call: str, error: int) -> None:
    if call not in NUMBERS:
        raise ValueError(f"unknown call {call!r}; known are {', '.join(sorted(NUMBERS))}")
    request = Request()
    program = bpf.failing(call, error)
    address = request.put(b"".join(program))
    request.add("seccomp", _SET_MODE_FILTER, 0, bpf.sock_fprog(program, address))
    agent.make(request)


CALLS = (settimeofday, init_module, seccomp)
