"""Before Linux 3.5 there were no maps: what a user was, and what was counted and kept for one."""

from __future__ import annotations

import pytest

from nsdoc import KernelError, open_kernel
from nsdoc.abi import (
    CAP_KILL,
    CAP_SETGID,
    CAP_SETUID,
    CAP_SYS_ADMIN,
    CLONE_NEWUSER,
    KEY_SPEC_USER_KEYRING,
    KEYCTL_GET_KEYRING_ID,
    RLIMIT_NPROC,
)
from nsdoc.process import Kernel, Process


def inside(kernel: Kernel, uid: int = 0) -> tuple[Process, Process]:
    """A process and, in a user namespace of its own, a child with that user ID; both without capabilities."""
    outer = kernel.process(uid=uid, gid=uid, caps=[CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID])
    child = outer.clone(CLONE_NEWUSER)
    if "uid_map" in outer.listdir(f"/proc/{child.pid}"):
        kernel.process(uid=0, gid=0).write(f"/proc/{child.pid}/uid_map", f"{uid} {uid} 1")
    child.setresuid(uid, uid, uid)
    for process in (outer, child):
        process.capset([], [])
    return outer, child


def allowed(act: object, *args: object) -> bool:
    try:
        act(*args)  # type: ignore[operator]
    except KernelError:
        return False
    return True


@pytest.mark.parametrize(
    ("release", "same"), [("2.6.38", True), ("2.6.39", False), ("3.4", False), ("3.5", True), ("6.18", True)]
)
def test_who_is_the_same_user(release: str, same: bool) -> None:
    """From Linux 2.6.39 to 3.4 the same number in two user namespaces was two users."""
    with open_kernel(f"model@{release}") as kernel:
        outer, child = inside(kernel)
        outer.write("closed", "")
        outer.chmod("closed", 0o600)
        assert allowed(child.kill, outer, 0) is same
        assert allowed(child.open, "closed") is same
        assert allowed(child.chmod, "closed", 0o600) is same


def test_capabilities_inside_reach_no_file() -> None:
    """As all files belonged to the initial user namespace, those of a child's root counted for none."""
    with open_kernel("model@3.4") as kernel:
        root = kernel.process(uid=0, gid=0)
        root.write("closed", "")
        root.chmod("closed", 0)
        child = root.clone(CLONE_NEWUSER)
        assert CAP_KILL in child.capget().effective
        assert not allowed(child.open, "closed")
        assert allowed(root.open, "closed")


@pytest.mark.parametrize(
    ("release", "separate"),
    [("2.6.23", True), ("3.4", True), ("3.5", False), ("5.13", False), ("5.14", True)],
)
def test_where_processes_are_counted(release: str, separate: bool) -> None:
    """A user's processes are counted in each user namespace, but from Linux 3.5 to 5.13 they were not."""
    with open_kernel(f"model@{release}") as kernel:
        outer, child = inside(kernel, uid=500)
        others = [outer.fork() for _ in range(3)]
        assert others
        child.prlimit(0, RLIMIT_NPROC, (2, 10))
        assert allowed(child.fork) is separate


@pytest.mark.parametrize(
    ("release", "own"),
    [("2.6.29", False), ("2.6.30", True), ("3.4", True), ("3.5", False), ("5.2", False), ("5.3", True)],
)
def test_whose_user_keyring_it_is(release: str, own: bool) -> None:
    """User keyrings were found by name, then hung on user_struct; since 5.3 user namespaces keep them."""
    with open_kernel(f"model@{release}") as kernel:
        outer, child = inside(kernel)
        rings = [each.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1) for each in (outer, child)]
        assert (rings[0] != rings[1]) is own
