"""Mounts: what is refused, in the kernel's order, and where mounts propagate."""

from __future__ import annotations

from typing import Any

import pytest

from nsdoc.abi import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    MNT_DETACH,
    MNT_EXPIRE,
    MNT_FORCE,
    MS_BIND,
    MS_MOVE,
    MS_NOATIME,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_RELATIME,
    MS_REMOUNT,
    MS_SHARED,
    MS_SLAVE,
    MS_STRICTATIME,
    MS_UNBINDABLE,
    O_RDONLY,
    O_WRONLY,
)
from nsdoc.process import Kernel, Process
from tests.conformance.support import alice_of, child_of, mapped_child_of, outcome, root_of

MAGIC = 0xC0ED0000


def place_of(kernel: Kernel) -> Process:
    """A process of root in a mount namespace of its own, in a private filesystem with a few names."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mkdir("place")
    root.mount("t", "place", "tmpfs")
    root.mount("none", "place", "", MS_PRIVATE)
    root.chdir("place")
    for name in ("a", "b", "c", "a/inner"):
        root.mkdir(name)
    root.write("file", "x")
    return root


def inner_of(kernel: Kernel, *flags: int) -> Process:
    """Root of a user namespace, with a mount namespace that belongs to it, in a filesystem of its own."""
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS | sum(flags))
    child.mkdir("place")
    child.mount("t", "place", "tmpfs")
    child.chdir("place")
    for name in ("a", "b", "c"):
        child.mkdir(name)
    child.write("file", "x")
    return child


def shown(process: Process) -> list[str]:
    """The mount points of the namespace below the place where the process is, in order."""
    where = process.getcwd()
    lines = [line.split() for line in process.read("/proc/self/mountinfo").splitlines()]
    return sorted(line[4].removeprefix(where) for line in lines if line[4].startswith(f"{where}/"))


@pytest.mark.parametrize(
    ("call", "args", "expected"),
    [
        ("mount", ("t", "a", ""), "EINVAL"), ("mount", ("t", "a", "nosuch"), "ENODEV"),
        ("mount", ("t", "a", "tmpfs", 0, "nosuch=1"), "EINVAL"),
        ("mount", ("t", "a", "ramfs", 0, "nosuch"), None),
        ("mount", ("t", "a", "tmpfs", 0, "uid=x"), "EINVAL"), ("mount", ("t", "a", "tmpfs", MAGIC), None),
        ("mount", ("t", "file", "tmpfs"), "ENOTDIR"), ("mount", ("file", "a", "", MS_BIND), "ENOTDIR"),
        ("mount", ("", "a", "", MS_BIND), "EINVAL"), ("mount", ("nosuch", "a", "", MS_BIND), "ENOENT"),
        ("mount", ("", "a", "", MS_MOVE), "EINVAL"), ("mount", ("b", "a", "", MS_MOVE), "EINVAL"),
        ("mount", ("none", "a", "", MS_PRIVATE), "EINVAL"),
        ("mount", ("none", ".", "", MS_PRIVATE | MS_SHARED), "EINVAL"),
        ("mount", ("none", ".", "", MS_PRIVATE | MS_NOEXEC), "EINVAL"),
        ("mount", ("none", "a", "", MS_REMOUNT), "EINVAL"),
        ("mount", ("none", "a", "", MS_REMOUNT | MS_BIND), "EINVAL"),
        ("mount", ("none", ".", "", MS_REMOUNT | MS_NOEXEC), None),
        ("mount", ("t", "a", "tmpfs", MS_STRICTATIME), None),
        ("mount", ("t", "a", "tmpfs", MS_NOATIME), None),
        ("umount", ("a",), "EINVAL"), ("umount", (".", 0x100), "EINVAL"), ("umount", (".",), "EBUSY"),
        ("umount", (".", MNT_EXPIRE | MNT_DETACH), "EINVAL"), ("umount", (".", MNT_EXPIRE), "EBUSY"),
        ("umount", (".", MNT_FORCE), "EBUSY"), ("umount", (".", MNT_DETACH), None),
        ("pivot_root", ("file", "a"), "ENOTDIR"), ("pivot_root", ("a", "file"), "ENOTDIR"),
        ("pivot_root", ("nosuch", "a"), "ENOENT"), ("pivot_root", ("a", "a"), "EINVAL"),
        ("pivot_root", ("/", "/proc"), "EBUSY"),
    ],
)  # fmt: skip
def test_what_a_mount_refuses(kernel: Kernel, call: str, args: tuple[Any, ...], expected: str | None) -> None:
    """R070: what is no mount point, no directory, no type or no option."""
    assert outcome(getattr(place_of(kernel), call), *args) == expected


@pytest.mark.parametrize(
    ("type", "flags", "expected"),
    [
        ("tmpfs", 0, None), ("ramfs", 0, None), ("devpts", 0, None), ("binfmt_misc", 0, None),
        ("ext4", 0, "EPERM"),
        ("proc", 0, "EPERM"), ("proc", CLONE_NEWPID, None),
        ("mqueue", 0, "EPERM"), ("mqueue", CLONE_NEWIPC, None),
        ("sysfs", 0, "EPERM"), ("cgroup2", 0, "EPERM"), ("cgroup2", CLONE_NEWCGROUP, None),
        ("bpf", 0, "EPERM"), ("overlay", 0, "EINVAL"), ("fuse", 0, "EINVAL"), ("nosuch", 0, "ENODEV"),
    ],
)  # fmt: skip
def test_what_a_user_namespace_mounts(kernel: Kernel, type: str, flags: int, expected: str | None) -> None:
    """R070: types that are safe, of those the ones whose namespace belongs to the user namespace."""
    inner = inner_of(kernel, flags)
    inside = inner.fork() if flags & CLONE_NEWPID else inner
    assert outcome(inside.mount, "t", "a", type) == expected


@pytest.mark.parametrize("option", ["uid=5", "gid=5", "gid=x", "uid=0,gid=0", "mode=700,size=1m"])
def test_owners_of_a_tmpfs(kernel: Kernel, option: str) -> None:
    """R074: owner and group of a tmpfs are numbers of the caller that are mapped."""
    expected = "EINVAL" if "5" in option or "x" in option else None
    assert outcome(inner_of(kernel).mount, "t", "a", "tmpfs", 0, option) == expected


def test_the_same_filesystem_twice(kernel: Kernel) -> None:
    """R070: a filesystem is not mounted upon itself."""
    root = place_of(kernel)
    root.mount("s", "a", "sysfs")
    assert outcome(root.mount, "s", "a", "sysfs") == "EBUSY"


def test_mounts_of_others(kernel: Kernel) -> None:
    """R072: what is in another mount namespace is neither mounted on, moved, bound nor unmounted."""
    root = place_of(kernel)
    other = root.fork()
    other.unshare(CLONE_NEWNS)
    other.mount("t", "a", "tmpfs")
    there = f"/proc/{other.pid}/cwd/a"
    assert outcome(root.mount, "t", there, "tmpfs") == "EINVAL"
    assert outcome(root.mount, there, "b", "", MS_BIND) == "EINVAL"
    assert outcome(root.mount, "b", there, "", MS_BIND) == "EINVAL"
    assert outcome(root.mount, there, "b", "", MS_MOVE) == "EINVAL"
    assert outcome(root.mount, "none", there, "", MS_REMOUNT) == "EINVAL"
    assert outcome(root.umount, there) == "EINVAL"
    assert outcome(root.pivot_root, there, there) == "EINVAL"
    # The propagation of a mount is for whoever owns its mount namespace.
    assert outcome(root.mount, "none", there, "", MS_PRIVATE) is None


def test_a_mount_that_is_gone(kernel: Kernel) -> None:
    """R072: upon a mount that was taken away, or a directory that was removed, nothing is mounted."""
    root = place_of(kernel)
    other = root.fork()
    other.chdir("a")
    root.rmdir("a/inner")
    root.rmdir("a")
    assert outcome(other.mount, "t", ".", "tmpfs") == "ENOENT"
    root.mount("t", "b", "tmpfs")
    other.chdir("../b")
    root.umount("b", MNT_DETACH)
    assert outcome(other.mount, "t", ".", "tmpfs") == "ENOENT"
    assert outcome(other.mount, "none", ".", "", MS_PRIVATE) == "EINVAL"
    assert outcome(other.mount, ".", "/proc", "", MS_BIND) == "EINVAL"
    assert outcome(other.mount, ".", "/proc", "", MS_MOVE) == "EINVAL"
    assert outcome(other.umount, ".") == "EINVAL"


def test_moves(kernel: Kernel) -> None:
    """R072: a mount moves unless its parent is shared, it is no mount, or it would go below itself."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    root.mkdir("a/deep")
    root.write("a/file", "")
    assert outcome(root.mount, "a", "file", "", MS_MOVE) == "EINVAL"
    assert outcome(root.mount, "a", "a/deep", "", MS_MOVE) == "ELOOP"
    assert outcome(root.mount, "a", "b", "", MS_MOVE) is None
    root.mount("none", "b", "", MS_UNBINDABLE)
    root.mount("none", ".", "", MS_SHARED)
    assert outcome(root.mount, "b", "c", "", MS_MOVE) == "EINVAL"
    root.mount("none", ".", "", MS_PRIVATE)
    root.mount("t", "c", "tmpfs")
    root.mkdir("c/deep")
    root.mount("none", "c", "", MS_SHARED)
    assert outcome(root.mount, "b", "c/deep", "", MS_MOVE) == "EINVAL"
    assert outcome(root.mount, "b", "a", "", MS_BIND) == "EINVAL"
    root.mount("none", "b", "", MS_PRIVATE)
    assert outcome(root.mount, "b", "c/deep", "", MS_MOVE) is None
    assert shown(root) == ["/c", "/c/deep"]


def test_files_that_are_open(kernel: Kernel) -> None:
    """R070: what is open for writing keeps a mount, and its filesystem, from becoming read-only."""
    root = place_of(kernel)
    fd = root.open("file", O_WRONLY)
    assert outcome(root.mount, "none", ".", "", MS_REMOUNT | MS_BIND | MS_RDONLY) == "EBUSY"
    assert outcome(root.mount, "none", ".", "", MS_REMOUNT | MS_RDONLY) == "EBUSY"
    root.close(fd)
    assert outcome(root.mount, "none", ".", "", MS_REMOUNT | MS_RDONLY) is None
    assert outcome(root.mkdir, "new") == "EROFS"
    assert outcome(root.mount, "none", ".", "", MS_REMOUNT) is None
    assert outcome(root.mkdir, "new") is None


def test_remounts_are_the_filesystems(kernel: Kernel) -> None:
    """R070: what a filesystem is belongs to its user namespace; a mount has flags of its own."""
    root = place_of(kernel)
    root.chmod(".", 0o777)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    assert outcome(child.mount, "none", ".", "", MS_REMOUNT | MS_RDONLY) == "EPERM"
    child.mount(".", "a", "", MS_BIND)
    assert outcome(child.mount, "none", "a", "", MS_REMOUNT | MS_RDONLY) == "EPERM"
    assert outcome(child.mount, "none", "a", "", MS_REMOUNT | MS_BIND | MS_RDONLY) is None
    assert outcome(child.umount, "a", MNT_FORCE) == "EPERM"
    assert outcome(child.umount, "a") is None


@pytest.mark.parametrize("flag", [MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC])
def test_flags_are_locked(kernel: Kernel, flag: int) -> None:
    """R072: what came from a more privileged namespace keeps the flags that restrict."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs", flag | MS_NOATIME)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    remount = MS_REMOUNT | MS_BIND
    assert outcome(child.mount, "none", "a", "", remount) == "EPERM"
    assert outcome(child.mount, "none", "a", "", remount | flag | MS_NOATIME) is None
    assert outcome(child.mount, "none", "a", "", remount | flag | MS_RELATIME) == "EPERM"
    assert outcome(child.mount, "none", "a", "", remount | flag | MS_NOATIME | MS_NOSUID) is None


def test_expiry(kernel: Kernel) -> None:
    """R072: a mount that is not used expires at the second call."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    fd = root.open("a", O_RDONLY)
    assert outcome(root.umount, "a", MNT_EXPIRE) == "EBUSY"
    root.close(fd)
    assert outcome(root.umount, "a", MNT_EXPIRE) == "EAGAIN"
    assert outcome(root.umount, "a", MNT_EXPIRE) is None
    assert shown(root) == []
    assert outcome(root.umount, "/", MNT_EXPIRE) == "EINVAL"


def test_unmounting_a_root(kernel: Kernel) -> None:
    """R072: the root of a process only becomes read-only, and only for whoever owns its filesystem."""
    root = place_of(kernel)
    root.write("a/file", "x")
    other = root.fork()
    other.chroot(".")
    fd = root.open("file", O_WRONLY)
    assert outcome(other.umount, "/") == "EBUSY"
    root.close(fd)
    assert outcome(other.umount, "/") is None
    assert outcome(root.mkdir, "new") == "EROFS"
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS)
    assert outcome(child.umount, "/") == "EINVAL"


def test_what_lies_upon_a_mount_stays(kernel: Kernel) -> None:
    """R072: what is mounted upon the root of a mount that goes by itself comes down to its place."""
    root = place_of(kernel)
    root.mount("none", ".", "", MS_SHARED)
    root.mkdir("peer")
    root.mount(".", "peer", "", MS_BIND)
    root.mount("t", "a", "tmpfs")
    assert shown(root) == ["/a", "/peer", "/peer/a"]
    root.mount("none", "peer", "", MS_PRIVATE)
    root.mount("u", "peer/a", "tmpfs")
    root.mount("none", "peer", "", MS_SHARED)
    root.umount("a")
    assert shown(root) == ["/a", "/peer", "/peer/a"]


def test_events_go_everywhere(kernel: Kernel) -> None:
    """R072: mounts and unmounts reach peers, slaves, and the peers of slaves, but not the private."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    root.mount("none", "a", "", MS_SHARED)
    root.mkdir("a/x")
    for name in ("peer", "slave", "both", "more", "private", "deep"):
        root.mkdir(name)
        root.mount("a", name, "", MS_BIND)
    for name in ("slave", "both"):
        root.mount("none", name, "", MS_SLAVE)
    root.mount("none", "both", "", MS_SHARED)
    root.mount("none", "private", "", MS_PRIVATE)
    root.mount("both", "more", "", MS_BIND)
    root.mount("slave", "deep", "", MS_BIND)
    root.mount("t", "a/x", "tmpfs")
    places = ["/a/x", "/both/x", "/deep/x", "/more/x", "/peer/x", "/slave/x"]
    assert sorted({name for name in shown(root) if name.endswith("/x")}) == places
    assert shown(root).count("/both/x") == 2
    root.umount("both/x")
    assert [name for name in shown(root) if name.endswith("/x")] == places
    root.umount("peer/x")
    assert [name for name in shown(root) if name.endswith("/x")] == []


def test_a_group_loses_its_last(kernel: Kernel) -> None:
    """R072: who received from a group that is gone receives from the group above it."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    root.mkdir("a/x")
    root.mount("none", "a", "", MS_SHARED)
    root.mount("a", "b", "", MS_BIND)
    root.mount("none", "b", "", MS_SLAVE)
    root.mount("none", "b", "", MS_SHARED)
    root.mount("b", "c", "", MS_BIND)
    root.mount("none", "c", "", MS_SLAVE)
    root.mount("none", "b", "", MS_PRIVATE)
    root.mount("t", "a/x", "tmpfs")
    assert shown(root) == ["/a", "/a/x", "/b", "/c", "/c/x"]


def test_copies_in_another_user_namespace(kernel: Kernel) -> None:
    """R072: a mount namespace of another user namespace receives, sends nothing, and what comes is locked."""
    root = place_of(kernel)
    root.mount("none", ".", "", MS_SHARED)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    root.mount("t", "a", "tmpfs")
    root.mkdir("a/deep")
    root.mount("t", "b", "tmpfs")
    root.mkdir("b/deep")
    root.mount("t", "b/deep", "tmpfs")
    assert shown(child) == shown(root) == ["/a", "/b", "/b/deep"]
    assert outcome(child.umount, "b/deep") is None
    assert shown(root) == ["/a", "/b", "/b/deep"]
    child.mount("t", "c", "tmpfs")
    assert shown(root) == ["/a", "/b", "/b/deep"]
    root.umount("a")
    assert shown(child) == ["/b", "/c"]
    private = root.fork()
    private.unshare(CLONE_NEWNS)
    private.mount("none", ".", "", MS_PRIVATE)
    lower = private.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    assert outcome(lower.umount, "b") == "EINVAL"
    assert outcome(lower.mount, "b", "c", "", MS_MOVE) == "EINVAL"
    assert outcome(lower.mount, ".", "c", "", MS_BIND) == "EINVAL"
    assert outcome(lower.mount, ".", "c", "", MS_BIND | MS_REC) is None


def test_unbindable_mounts_are_left_out(kernel: Kernel) -> None:
    """R072: a recursive bind mount leaves out what is unbindable, and what is not below the source."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    root.mkdir("a/x")
    root.mkdir("a/y")
    root.mount("t", "a/x", "tmpfs")
    root.mount("none", "a/x", "", MS_UNBINDABLE)
    root.mount("t", "a/y", "tmpfs")
    root.mount("a", "b", "", MS_BIND | MS_REC)
    assert shown(root) == ["/a", "/a/x", "/a/y", "/b", "/b/y"]
    root.mkdir("a/y/z")
    root.mount("a/y", "c", "", MS_BIND | MS_REC)
    assert shown(root) == ["/a", "/a/x", "/a/y", "/b", "/b/y", "/c"]


@pytest.mark.parametrize("kind", ["user", "mnt", "uts"])
def test_namespaces_are_bound(kernel: Kernel, kind: str) -> None:
    """R072: a file of nsfs can be bound, but of a mount namespace only one that is younger."""
    root = place_of(kernel)
    older = root.fork()
    child = root.fork()
    child.unshare(CLONE_NEWNS | CLONE_NEWUTS)
    own = outcome(child.mount, "/proc/self/ns/" + kind, "file", "", MS_BIND)
    assert own == ("EINVAL" if kind == "mnt" else None)
    assert outcome(child.mount, f"/proc/{older.pid}/ns/{kind}", "file", "", MS_BIND) == own
    assert outcome(older.mount, f"/proc/{child.pid}/ns/{kind}", "file", "", MS_BIND) is None


def test_pivots(kernel: Kernel) -> None:
    """R072: the new root is a mount point that is neither shared, locked nor the old one."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    root.mkdir("a/old")
    root.mkdir("a/dir")
    root.mkdir("b/old")
    assert outcome(root.pivot_root, "b", "b/old") == "EINVAL"
    assert outcome(root.pivot_root, "a", "b") == "EINVAL"
    assert outcome(root.pivot_root, "a/dir", "a/dir") == "EINVAL"
    assert outcome(root.pivot_root, "a", "/") == "EBUSY"
    root.mount("none", "a", "", MS_SHARED)
    assert outcome(root.pivot_root, "a", "a/old") == "EINVAL"
    root.mount("none", "a", "", MS_PRIVATE)
    lower = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    assert outcome(lower.pivot_root, "a", "a/old") == "EINVAL"
    other, inside = root.fork(), root.fork()
    other.chdir("/")
    inside.chroot("b")
    inside.chdir("/")
    assert outcome(inside.pivot_root, "/", "/") == "EBUSY"
    assert outcome(root.pivot_root, "a", "a/old") is None
    assert other.listdir("/") == ["dir", "old"]
    assert outcome(root.chdir, "/") is None
    assert root.listdir(".") == ["dir", "old"]


def test_a_root_that_was_removed(kernel: Kernel) -> None:
    """R072: a new root that is not in its directory any more is refused."""
    root = place_of(kernel)
    root.mkdir("a/b")
    root.mount("a/b", "c", "", MS_BIND)
    root.mkdir("c/old")
    root.rmdir("c/old")
    root.rmdir("a/b")
    assert outcome(root.pivot_root, "c", "c") == "ENOENT"


@pytest.mark.parametrize("flags", [0, MS_RDONLY])
def test_proc_is_not_revealed(kernel: Kernel, flags: int) -> None:
    """R071: a new proc is refused where the one that can be seen is covered, read-only, or a part."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mount("none", "/", "", MS_REC | MS_PRIVATE)
    covered = root.fork()
    covered.unshare(CLONE_NEWNS)
    child = covered.clone(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, uid_map="0 0 10", gid_map="0 0 10")
    child.mkdir("own")
    assert outcome(child.mount, "p", "own", "proc", flags) is None
    covered.mount("t", "/proc/sys", "tmpfs")
    other = covered.clone(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, uid_map="0 0 10", gid_map="0 0 10")
    assert outcome(other.mount, "p", "own", "proc", flags) == "EPERM"


def test_networks_show_their_sysfs(kernel: Kernel) -> None:
    """R070: sysfs belongs to the owner of the network namespace."""
    inner = inner_of(kernel, CLONE_NEWNET)
    assert outcome(inner.mount, "s", "a", "sysfs") is None
    assert outcome(child_of(alice_of(kernel), CLONE_NEWNS).mount, "s", "/sys", "sysfs") == "EPERM"
