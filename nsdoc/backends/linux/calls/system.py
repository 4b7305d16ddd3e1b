"""What concerns the whole system: calls that examine the caller's permission and then change nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent


def settimeofday(agent: Agent) -> None:
    # Without a time and without a time zone the kernel stops after the test, do_sys_settimeofday64().
    agent.syscall("settimeofday", None, None)


def init_module(agent: Agent) -> None:
    # An image of no bytes is refused after the test, may_init_module() and copy_module_from_user().
    agent.syscall("init_module", b"", 0, "")


CALLS = (settimeofday, init_module)
