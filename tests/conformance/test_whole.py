"""What a call leaves when it fails, and what ends with a process."""

from __future__ import annotations

from nsdoc.abi import CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWUTS, OPEN_TREE_CLONE
from nsdoc.process import Kernel
from tests.conformance.support import alice_of, child_of, map_file, mapped_child_of, outcome, root_of

# The kernel gives counts back a little later.
PATIENCE = 2000


def test_ids_stay_what_they_are(kernel: Kernel) -> None:
    """R002: entering a user namespace changes no ID, only what it is called."""
    alice = alice_of(kernel)
    child = child_of(alice)
    status = alice.read(map_file(child, "status")).splitlines()
    assert "Uid:\t1000\t1000\t1000\t1000" in status
    assert child.getresuid() == (65534, 65534, 65534)


def test_nothing_is_done_by_half(kernel: Kernel) -> None:
    """R013, R014: when a later step of unshare(2) fails, the earlier ones have not happened."""
    child = mapped_child_of(alice_of(kernel))
    child.write("/proc/sys/user/max_uts_namespaces", "0")
    before = child.readlink("/proc/self/ns/user"), child.readlink("/proc/self/ns/mnt")
    assert outcome(child.unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) == "ENOSPC"
    assert (child.readlink("/proc/self/ns/user"), child.readlink("/proc/self/ns/mnt")) == before
    assert child.geteuid() == 0


def test_count_ends_with_the_namespace(kernel: Kernel) -> None:
    """R118: a namespace counts until nothing refers to it any more."""
    child = mapped_child_of(root_of(kernel), "0 0 1", "0 0 1")
    child.write("/proc/sys/user/max_user_namespaces", "1")
    first = child_of(child)
    assert outcome(child.clone, CLONE_NEWUSER) == "ENOSPC"
    first.exit()
    child.wait()
    assert any(outcome(child.clone, CLONE_NEWUSER) != "ENOSPC" for _ in range(PATIENCE))


def test_descriptor_keeps_the_namespace(kernel: Kernel) -> None:
    """R118: an open descriptor refers to a namespace, too."""
    child = mapped_child_of(root_of(kernel), "0 0 1", "0 0 1")
    child.write("/proc/sys/user/max_user_namespaces", "1")
    first = child_of(child)
    child.open(map_file(first, "ns/user"))
    first.exit()
    child.wait()
    assert {outcome(child.clone, CLONE_NEWUSER) for _ in range(20)} == {"ENOSPC"}


def test_detached_mount_counts(kernel: Kernel) -> None:
    """R115: the mount namespace of a detached mount counts like any other."""
    child = child_of(root_of(kernel), CLONE_NEWNS)
    child.write("/proc/sys/user/max_mnt_namespaces", "0")
    assert outcome(child.open_tree, "/", OPEN_TREE_CLONE) == "ENOSPC"
    assert isinstance(outcome(child.open_tree, "/", 0), int)
