"""What concerns the whole system: calls that examine the caller's permission and then change nothing."""

from __future__ import annotations

from nsdoc.backends.linux.syscalls import syscall


def settimeofday() -> None:
    # Without a time and without a time zone the kernel stops after the test, do_sys_settimeofday64().
    syscall("settimeofday", None, None)


def init_module() -> None:
    # An image of no bytes is refused after the test, may_init_module() and copy_module_from_user().
    syscall("init_module", b"", 0, b"")


CALLS = (settimeofday, init_module)
