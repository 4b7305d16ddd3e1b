"""Filters of calls, such as containers have."""

from __future__ import annotations

import pytest

from nsdoc.abi import CLONE_NEWUSER, ERRNO, PR_SET_NO_NEW_PRIVS
from nsdoc.process import Kernel, Process
from tests.conformance.support import alice_of, child_of, outcome, root_of

EPERM, ENOSYS = ERRNO["EPERM"], ERRNO["ENOSYS"]


def trusted(kernel: Kernel) -> Process:
    """A process that may have a filter, since it gains no privilege by a program."""
    alice = alice_of(kernel)
    alice.prctl(PR_SET_NO_NEW_PRIVS, 1)
    return alice


def seccomp_mode(process: Process) -> str:
    """What /proc says of filters."""
    lines = dict(line.split(":\t", 1) for line in process.read("/proc/self/status").splitlines())
    return lines["Seccomp"]


def test_who_can_have_a_filter(kernel: Kernel) -> None:
    """It takes no_new_privs, or CAP_SYS_ADMIN in the caller's user namespace."""
    alice = alice_of(kernel)
    assert outcome(alice.seccomp, "unshare", EPERM) == "EACCES"
    assert outcome(child_of(alice).seccomp, "unshare", EPERM) is None
    assert outcome(root_of(kernel).seccomp, "unshare", EPERM) is None
    assert outcome(trusted(kernel).seccomp, "unshare", EPERM) is None


def test_a_filter_is_shown_and_inherited(kernel: Kernel) -> None:
    """Children have it, also after a program was executed; others have not."""
    parent = trusted(kernel)
    before = parent.fork()
    parent.seccomp("unshare", ENOSYS)
    child = parent.fork()
    child.execve()
    assert [seccomp_mode(process) for process in (before, parent, child)] == ["0", "2", "2"]
    refused = [outcome(process.unshare, CLONE_NEWUSER) for process in (before, parent, child)]
    assert refused == [None, "ENOSYS", "ENOSYS"]
    assert child_of(parent).getuid() == 65534


@pytest.mark.parametrize("calls", [("clone",), ("clone3",), ("clone3", "clone")])
def test_each_call_by_itself(kernel: Kernel, calls: tuple[str, ...]) -> None:
    """fork() is a clone(), and clone3() is not; the last filter of a call decides its error."""
    alice = trusted(kernel)
    for call in calls:
        alice.seccomp(call, ENOSYS)
        alice.seccomp(call, EPERM)
    results = {
        "clone": outcome(alice.clone, 0),
        "clone3": outcome(alice.clone3, 0),
        "fork": outcome(alice.fork),
    }
    assert {name for name, result in results.items() if result == "EPERM"} == {
        *calls,
        *({"fork"} if "clone" in calls else ()),
    }
