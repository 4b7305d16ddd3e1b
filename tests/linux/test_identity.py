"""IDs and capabilities of processes on the live kernel."""

from __future__ import annotations

from errno import EINVAL, EPERM

import pytest

from nsdoc import fails
from nsdoc.abi import (
    CAP_CHOWN,
    CAP_KILL,
    CAP_NET_ADMIN,
    CAP_SETGID,
    CAP_SETPCAP,
    CAP_SETUID,
    CAP_SYS_ADMIN,
    CLONE_NEWUSER,
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAP_AMBIENT_IS_SET,
    PR_CAP_AMBIENT_LOWER,
    PR_CAP_AMBIENT_RAISE,
    PR_CAPBSET_DROP,
    PR_CAPBSET_READ,
    PR_GET_DUMPABLE,
    PR_GET_KEEPCAPS,
    PR_GET_NO_NEW_PRIVS,
    PR_GET_SECUREBITS,
    PR_SET_DUMPABLE,
    PR_SET_KEEPCAPS,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_SECUREBITS,
    SECBIT_KEEP_CAPS,
    SECBIT_NO_CAP_AMBIENT_RAISE,
    SECBIT_NO_SETUID_FIXUP,
    SECBIT_NO_SETUID_FIXUP_LOCKED,
    SECBIT_NOROOT,
)
from nsdoc.process import CapSet, Kernel, Process

NOBODY = 65534


def test_a_process_has_the_identity_that_was_asked_for(kernel: Kernel, root: Process) -> None:
    """Kernel.process() gives the IDs, groups and capabilities it was asked for."""
    made = kernel.process(uid=1000, gid=1001, groups=[7, 8], caps=[CAP_KILL])
    assert made.getresuid() == (1000, 1000, 1000)
    assert made.getresgid() == (1001, 1001, 1001)
    assert made.getgroups() == [7, 8]
    assert made.capget() == (CapSet.of([CAP_KILL]), CapSet.of([CAP_KILL]), CapSet(0))
    assert made.prctl(PR_GET_DUMPABLE) == 1


def test_an_ordinary_user_has_no_capabilities(alice: Process) -> None:
    """Without capabilities asked for, a process of another user than root has none."""
    assert alice.capget() == (0, 0, 0)
    assert str(alice.capget().effective) == "none"


def test_the_caller_own_identity_is_the_default(kernel: Kernel) -> None:
    """Kernel.process() without arguments is a process like the caller, and caps=[] takes its privilege."""
    made = kernel.process(caps=[])
    assert made.getresuid() == kernel.process().getresuid()
    assert made.capget() == (0, 0, 0)


def test_minus_one_is_no_identity(kernel: Kernel) -> None:
    """An ID that cannot be is an error of the author: -1 would leave the caller's own."""
    with pytest.raises(ValueError, match="-1 is no user"):
        kernel.process(uid=-1, gid=5)
    with pytest.raises(ValueError, match="4294967295"):
        kernel.process(uid=5, gid=5, groups=[4294967295])


def test_getters_agree(alice: Process) -> None:
    """The single IDs are those of getresuid() and getresgid()."""
    assert (alice.getuid(), alice.geteuid()) == alice.getresuid()[:2]
    assert (alice.getgid(), alice.getegid()) == alice.getresgid()[:2]


def test_setuid_with_privilege_sets_all_three(root: Process) -> None:
    """setuid() and setgid() of root set the real, effective and saved ID."""
    root.setgid(12)
    root.setuid(11)
    assert root.getresuid() == (11, 11, 11)
    assert root.getresgid() == (12, 12, 12)
    assert root.capget().permitted == 0
    with fails(EPERM):
        root.setuid(0)
    with fails(EPERM):
        root.setgid(0)


def test_seteuid_can_be_taken_back(root: Process) -> None:
    """seteuid() and setegid() leave the other two, and effective capabilities come and go with user ID 0."""
    root.setegid(12)
    root.seteuid(11)
    assert root.getresuid() == (0, 11, 0)
    assert root.getresgid() == (0, 12, 0)
    assert (root.capget().effective, root.capget().permitted == 0) == (0, False)
    root.seteuid(0)
    assert root.capget().effective == root.capget().permitted
    root.setegid(0)


def test_setreuid_and_setresuid_leave_what_is_minus_one(root: Process) -> None:
    """-1 leaves an ID as it is."""
    root.setregid(-1, 12)
    root.setresgid(-1, -1, 13)
    assert root.getresgid() == (0, 12, 13)
    root.setresuid(-1, 11, -1)
    assert root.getresuid() == (0, 11, 0)
    root.setreuid(11, -1)
    assert root.getresuid() == (11, 11, 11)
    root.setresuid(-1, -1, -1)
    with fails(EPERM):
        root.setresuid(4, -1, -1)


def test_unmapped_ids_are_invalid(inner: Process) -> None:
    """In a user namespace an ID that is not mapped is EINVAL, whoever asks."""
    for call in (inner.setuid, inner.setgid, inner.seteuid, inner.setegid):
        with fails(EINVAL):
            call(4242)
    for pair in (inner.setreuid, inner.setregid):
        with fails(EINVAL):
            pair(4242, -1)
    for triple in (inner.setresuid, inner.setresgid):
        with fails(EINVAL):
            triple(-1, -1, 4242)
    with fails(EINVAL):
        inner.setresuid(4294967295 - 1, -1, -1)


def test_filesystem_ids_come_back(root: Process) -> None:
    """setfsuid() and setfsgid() say what was there before, and never fail."""
    assert root.setfsuid(11) == 0
    assert root.setfsuid(-1) == 11
    assert root.setfsgid(12) == 0
    assert root.setfsgid(-1) == 12


def test_filesystem_ids_read_as_the_overflow_id(alice: Process) -> None:
    """Where the ID is not mapped, the overflow ID is what was there."""
    alice.unshare(CLONE_NEWUSER)
    assert (alice.setfsuid(-1), alice.setfsgid(-1)) == (NOBODY, NOBODY)
    assert (alice.getuid(), alice.getgid()) == (NOBODY, NOBODY)


def test_groups_need_privilege(root: Process, alice: Process) -> None:
    """setgroups() needs CAP_SETGID."""
    root.setgroups([3, 1, 2])
    assert root.getgroups() == [1, 2, 3]
    root.setgroups(())
    assert root.getgroups() == []
    with fails(EPERM):
        alice.setgroups([])


def test_groups_are_refused_where_setgroups_is_denied(inner: Process) -> None:
    """A map without privilege denies setgroups() to the members."""
    assert inner.read("/proc/self/setgroups") == "deny\n"
    with fails(EPERM):
        inner.setgroups([0])


def test_setgroups_knows_the_most_and_the_mapped(root: Process) -> None:
    """More than 65536 groups, or one that is not mapped, are EINVAL."""
    with fails(EINVAL):
        root.setgroups(range(65537))
    child = root.clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    child.setgroups([9])
    with fails(EINVAL):
        child.setgroups([10])


def test_capabilities_can_be_dropped_and_not_regained(root: Process) -> None:
    """capset() gives up capabilities; what is no longer permitted does not come back."""
    root.capset([CAP_CHOWN], [CAP_CHOWN, CAP_KILL], [CAP_KILL])
    assert root.capget() == tuple(map(CapSet.of, ([CAP_CHOWN], [CAP_CHOWN, CAP_KILL], [CAP_KILL])))
    root.capset([CAP_CHOWN, CAP_KILL], [CAP_CHOWN, CAP_KILL])
    with fails(EPERM):
        root.capset([CAP_SYS_ADMIN], [CAP_CHOWN])
    with fails(EPERM):
        root.capset([], [CAP_SYS_ADMIN])


def test_high_capabilities_cross_unharmed(kernel: Kernel, alice: Process) -> None:
    """Capabilities above 31, which capset(2) has in a second word, are set and read like the others."""
    child = alice.clone(CLONE_NEWUSER)
    every = kernel.caps
    assert child.capget().effective == every
    assert len(every) > 32
    high = CapSet.of(number for number in every if number > 31)
    child.capset(high, high)
    assert child.capget()[:2] == (high, high)


def test_securebits(inner: Process) -> None:
    """Securebits are set with CAP_SETPCAP, and a locked one stays."""
    inner.prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED)
    inner.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED)
    assert inner.prctl(PR_GET_SECUREBITS) == SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED
    with fails(EPERM):
        inner.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP_LOCKED)
    inner.capset([CAP_KILL], [CAP_KILL])
    with fails(EPERM):
        inner.prctl(PR_SET_SECUREBITS, SECBIT_NOROOT)


def test_keeping_capabilities(root: Process) -> None:
    """With PR_SET_KEEPCAPS the permitted set survives a change of the user ID."""
    root.prctl(PR_SET_KEEPCAPS, 1)
    assert root.prctl(PR_GET_SECUREBITS) == SECBIT_KEEP_CAPS
    held = root.capget().permitted
    root.setuid(11)
    assert root.capget() == (CapSet(0), held, CapSet(0))
    assert root.prctl(PR_GET_KEEPCAPS) == 1
    with fails(EINVAL):
        root.prctl(PR_SET_KEEPCAPS, 2)


def test_bounding_set(inner: Process) -> None:
    """Capabilities leave the bounding set for good, and only with CAP_SETPCAP."""
    assert inner.prctl(PR_CAPBSET_READ, CAP_KILL) == 1
    inner.prctl(PR_CAPBSET_DROP, CAP_KILL)
    assert inner.prctl(PR_CAPBSET_READ, CAP_KILL) == 0
    with fails(EINVAL):
        inner.prctl(PR_CAPBSET_DROP, 77)
    with fails(EINVAL):
        inner.prctl(PR_CAPBSET_READ, 77)
    inner.capset([CAP_SETUID], [CAP_SETUID])
    with fails(EPERM):
        inner.prctl(PR_CAPBSET_DROP, CAP_CHOWN)


def test_ambient_set(inner: Process) -> None:
    """A capability becomes ambient if it is permitted and inheritable, and leaves with either."""
    with fails(EPERM):
        inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETGID)
    held = [CAP_SETGID, CAP_SETPCAP, CAP_NET_ADMIN]
    inner.capset(held, held, held)
    for capability in held:
        inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)
        assert inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability) == 1
    inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_SETGID)
    inner.capset(held, held, [CAP_SETPCAP])
    assert [inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number) for number in held] == [0, 1, 0]
    inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    assert inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SETPCAP) == 0
    inner.prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE)
    with fails(EPERM):
        inner.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETPCAP)


def test_a_new_user_namespace_forgets_securebits(inner: Process) -> None:
    """Securebits and the inheritable set are empty in a new user namespace, the bounding set is full."""
    inner.prctl(PR_SET_SECUREBITS, SECBIT_NOROOT)
    inner.prctl(PR_CAPBSET_DROP, CAP_KILL)
    child = inner.clone(CLONE_NEWUSER)
    assert child.prctl(PR_GET_SECUREBITS) == 0
    assert child.capget().inheritable == 0
    assert child.prctl(PR_CAPBSET_READ, CAP_KILL) == 1


def test_no_new_privs_is_inherited(alice: Process) -> None:
    """PR_SET_NO_NEW_PRIVS is set once, for good and for all children."""
    assert alice.prctl(PR_GET_NO_NEW_PRIVS) == 0
    alice.prctl(PR_SET_NO_NEW_PRIVS, 1)
    assert alice.fork().prctl(PR_GET_NO_NEW_PRIVS) == 1
    with fails(EINVAL):
        alice.prctl(PR_SET_NO_NEW_PRIVS, 0)


def test_a_change_of_ids_takes_dumpability(root: Process) -> None:
    """After a change of IDs the process's files in /proc are root's, until it says otherwise."""
    root.setgroups([])
    root.setresgid(1000, 1000, 1000)
    root.setresuid(1000, 1000, 1000)
    assert root.prctl(PR_GET_DUMPABLE) == 0
    assert root.stat("/proc/self/uid_map").st_uid == 0
    root.prctl(PR_SET_DUMPABLE, 1)
    assert root.stat("/proc/self/uid_map").st_uid == 1000
    with fails(EINVAL):
        root.prctl(PR_SET_DUMPABLE, 2)


def test_an_unknown_operation_is_invalid(alice: Process) -> None:
    """prctl() of an operation that the kernel does not know fails."""
    with fails(EINVAL):
        alice.prctl(4242)
