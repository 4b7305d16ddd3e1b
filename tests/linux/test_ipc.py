"""System V IPC on the live kernel, and what concerns the whole system."""

from __future__ import annotations

from errno import EACCES, EEXIST, EIDRM, EINVAL, ENOENT, ENOEXEC, ENOSYS, EPERM

from nsdoc import fails
from nsdoc.abi import (
    CLONE_NEWIPC,
    CLONE_NEWUSER,
    IPC_CREAT,
    IPC_EXCL,
    IPC_PRIVATE,
    IPC_RMID,
    IPC_STAT,
)
from nsdoc.process import Process


def test_a_queue_tells_its_owner(alice: Process) -> None:
    """msgget() makes a queue, and IPC_STAT tells whose it is."""
    queue = alice.msgget(42, IPC_CREAT | IPC_EXCL | 0o640)
    ids = (alice.getuid(), alice.getgid())
    assert alice.msgctl(queue, IPC_STAT) == (*ids, *ids, 0o640)
    assert alice.msgget(42) == queue
    with fails(EEXIST):
        alice.msgget(42, IPC_CREAT | IPC_EXCL)
    assert alice.msgctl(queue, IPC_RMID) is None
    with fails(ENOENT):
        alice.msgget(42)
    with fails(EINVAL, EIDRM):
        alice.msgctl(queue, IPC_STAT)
    with fails(EINVAL):
        alice.msgctl(queue, 4242)


def test_owners_are_translated(alice: Process) -> None:
    """In a user namespace the owner reads as its map says, elsewhere as the overflow ID."""
    queue = alice.msgget(IPC_PRIVATE, 0o644)
    child = alice.clone(CLONE_NEWUSER, uid_map=f"7 {alice.getuid()} 1")
    found = child.msgctl(queue, IPC_STAT)
    assert found is not None
    assert (found.uid, found.gid, found.cuid) == (7, 65534, 7)
    alice.msgctl(queue, IPC_RMID)


def test_queues_are_kept_from_others(alice: Process, bob: Process) -> None:
    """Another user needs permission, and cannot remove a queue."""
    queue = alice.msgget(IPC_PRIVATE, 0o600)
    with fails(EACCES):
        bob.msgctl(queue, IPC_STAT)
    with fails(EPERM):
        bob.msgctl(queue, IPC_RMID)
    alice.msgctl(queue, IPC_RMID)


def test_queues_belong_to_the_ipc_namespace(inner: Process) -> None:
    """A queue is found in its IPC namespace and in no other."""
    inner.unshare(CLONE_NEWIPC)
    inner.msgget(43, IPC_CREAT)
    child = inner.fork()
    child.msgget(43)
    child.unshare(CLONE_NEWIPC)
    with fails(ENOENT):
        child.msgget(43)


def test_the_system_is_for_the_initial_user_namespace(alice: Process, inner: Process) -> None:
    """Root of a user namespace sets no clock and loads no module."""
    for process in (alice, inner):
        with fails(EPERM):
            process.settimeofday()
        with fails(EPERM, ENOSYS):
            process.init_module()


def test_the_system_is_not_changed_by_asking(root: Process) -> None:
    """Where the caller may, settimeofday() sets nothing and init_module() loads nothing."""
    root.settimeofday()
    with fails(ENOEXEC, ENOSYS, EPERM):
        root.init_module()
