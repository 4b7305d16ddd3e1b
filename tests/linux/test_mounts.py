"""Mounts on the live kernel, by the older and by the newer calls."""

from __future__ import annotations

import stat
from errno import EACCES, EBUSY, EINVAL, ENODEV, ENOENT, EPERM, EROFS

import pytest

from nsdoc import fails
from nsdoc.abi import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    MNT_DETACH,
    MS_BIND,
    MS_MOVE,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    MS_SHARED,
    MS_SLAVE,
    MS_UNBINDABLE,
    OPEN_TREE_CLONE,
    S_IFCHR,
)
from nsdoc.process import Process
from tests.linux.mountinfo import mounts_at

NOBODY = 65534


def test_a_mount_is_seen_where_it_was_made(mounter: Process, inner: Process, room: str) -> None:
    """mount() changes the caller's mount namespace and no other; umount() takes it back."""
    mounter.mkdir("place")
    mounter.mount("source", "place", "tmpfs", MS_NOEXEC | MS_NODEV, "mode=0700,size=1m")
    (fields,) = mounts_at(mounter, f"{room}/place")
    assert fields[-2] == "source"
    assert "noexec" in fields[5]
    assert stat.S_IMODE(mounter.stat("place").st_mode) == 0o700
    assert mounts_at(inner, f"{room}/place") == []
    mounter.umount("place")
    assert mounts_at(mounter, f"{room}/place") == []
    with fails(EINVAL):
        mounter.umount("place")


def test_mounting_needs_privilege(alice: Process, room: str) -> None:
    """Without CAP_SYS_ADMIN over the mount namespace, every call about mounts is EPERM."""
    with fails(EPERM):
        alice.mount("none", room, "tmpfs")
    with fails(EPERM):
        alice.umount(room)
    with fails(EPERM):
        alice.pivot_root(room, room)
    with fails(EPERM):
        alice.fsopen("tmpfs")
    with fails(EPERM):
        alice.open_tree(room, OPEN_TREE_CLONE)
    with fails(EPERM):
        alice.move_mount(alice.open_tree(room), room)
    alice.unshare(CLONE_NEWUSER)
    with fails(EPERM):
        alice.mount("none", room, "tmpfs")


def test_errors_of_mount(mounter: Process) -> None:
    """An unknown type is ENODEV, a missing place ENOENT, a type that needs real root EPERM."""
    with fails(ENODEV):
        mounter.mount("none", ".", "nosuchfs")
    with fails(ENOENT):
        mounter.mount("none", "missing", "tmpfs")
    with fails(EPERM):
        mounter.mount("none", ".", "ext4")
    with fails(EINVAL):
        mounter.mount("none", ".", "tmpfs", 0, "nosuchoption")


def test_a_busy_mount_can_be_detached(mounter: Process) -> None:
    """umount() of a mount in use is EBUSY, and MNT_DETACH takes it away all the same."""
    mounter.mkdir("place")
    mounter.mount("none", "place", "tmpfs")
    mounter.write("place/file", "x")
    fd = mounter.open("place/file")
    with fails(EBUSY):
        mounter.umount("place")
    mounter.umount("place", MNT_DETACH)
    assert mounter.read(fd) == b"x"
    assert mounter.listdir("place") == []


@pytest.mark.parametrize(
    ("flags", "type", "error"),
    [
        (0, "proc", EPERM),
        (CLONE_NEWPID, "proc", None),
        (0, "sysfs", EPERM),
        (CLONE_NEWNET, "sysfs", None),
        (0, "mqueue", EPERM),
        (CLONE_NEWIPC, "mqueue", None),
        (0, "cgroup2", EPERM),
        (CLONE_NEWCGROUP, "cgroup2", None),
        (0, "devpts", None),
        (0, "ramfs", None),
    ],
)
def test_types_that_belong_to_a_namespace(
    inner: Process, room: str, flags: int, type: str, error: int | None
) -> None:
    """proc, sysfs, mqueue and cgroup2 can be mounted by who owns the namespace they show."""
    child = inner.clone(CLONE_NEWNS | flags)
    if error is None:
        child.mount("none", room, type)
        return
    with fails(error):
        child.mount("none", room, type)


def test_inherited_mounts_are_locked(mounter: Process, room: str) -> None:
    """In a mount namespace of a less privileged owner, mounts that came along cannot be taken apart."""
    with fails(EINVAL):
        mounter.umount("/proc")
    mounter.mkdir("place")
    with fails(EINVAL):
        mounter.mount("/proc", f"{room}/place", "", MS_MOVE)
    mounter.mount("/proc", f"{room}/place", "", MS_BIND | MS_REC)
    mounter.umount("place", MNT_DETACH)


def test_locked_flags_stay(inner: Process, room: str) -> None:
    """A flag that a mount had when it was inherited cannot be cleared; restating it all works."""
    inner.unshare(CLONE_NEWNS)
    inner.mount("none", room, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    lower = inner.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 1", gid_map="0 0 1")
    with fails(EPERM):
        lower.mount("none", room, "", MS_REMOUNT | MS_BIND)
    for missing in (MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC):
        flags = (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC) & ~missing
        with fails(EPERM):
            lower.mount("none", room, "", MS_REMOUNT | MS_BIND | flags)
    lower.mount("none", room, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    inner.mount("none", room, "", MS_REMOUNT | MS_BIND)
    assert "rw" in mounts_at(inner, room)[0][5]


def test_a_read_only_bind_mount(mounter: Process) -> None:
    """A bind mount made read-only refuses to be written through, and its twin does not."""
    mounter.mkdir("one")
    mounter.mkdir("two")
    mounter.mount("none", "one", "tmpfs")
    mounter.mount("one", "two", "", MS_BIND)
    mounter.mount("none", "two", "", MS_REMOUNT | MS_BIND | MS_RDONLY)
    mounter.write("one/file", "x")
    with fails(EROFS):
        mounter.write("two/file", "y")
    assert mounter.read("two/file") == "x"


@pytest.mark.parametrize(("kind", "there", "back"), [(MS_SHARED, 1, 1), (MS_SLAVE, 1, 0), (MS_PRIVATE, 0, 0)])
def test_propagation(inner: Process, room: str, kind: int, there: int, back: int) -> None:
    """Mounts go from a shared mount to its peers and slaves, from a slave nowhere."""
    inner.unshare(CLONE_NEWNS)
    inner.mount("none", room, "tmpfs")
    inner.mount("none", room, "", MS_SHARED)
    other = inner.clone(CLONE_NEWNS)
    other.mount("none", room, "", kind)
    for process, name in ((inner, "mine"), (other, "theirs")):
        process.mkdir(f"{room}/{name}")
        process.mount("none", f"{room}/{name}", "tmpfs")
    assert len(mounts_at(other, f"{room}/mine")) == there
    assert len(mounts_at(inner, f"{room}/theirs")) == back


def test_unbindable_mounts_are_not_bound(mounter: Process) -> None:
    """MS_UNBINDABLE refuses a bind mount."""
    mounter.mkdir("one")
    mounter.mkdir("two")
    mounter.mount("none", "one", "tmpfs")
    mounter.mount("none", "one", "", MS_UNBINDABLE)
    with fails(EINVAL):
        mounter.mount("one", "two", "", MS_BIND)


def test_a_less_privileged_mount_namespace_is_a_slave(inner: Process, room: str) -> None:
    """With a new user namespace the copied mounts receive from the old ones and send nothing."""
    inner.unshare(CLONE_NEWNS)
    inner.mount("none", room, "tmpfs")
    inner.mount("none", room, "", MS_SHARED)
    lower = inner.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 1", gid_map="0 0 1")
    assert any(field.startswith("master:") for field in mounts_at(lower, room)[0])


def test_pivot_root_puts_another_root(mounter: Process, room: str) -> None:
    """pivot_root() makes a mount the root and the old root a mount below it, which can then go."""
    mounter.mkdir("new")
    mounter.mount("none", "new", "tmpfs")
    mounter.mkdir("new/old")
    # The room is below another mount than the new root: that of the host's root, or one of its own.
    with fails(EBUSY, EINVAL):
        mounter.pivot_root("new", room)
    mounter.pivot_root("new", "new/old")
    mounter.chdir("/")
    assert mounter.listdir("/") == ["old"]
    assert "proc" in mounter.listdir("/old")
    mounter.umount("/old", MNT_DETACH)
    assert mounter.listdir("/old") == []
    assert mounter.getdomainname()
    assert mounter.fork().listdir("/") == ["old"]


def test_pivot_root_refuses_a_root_that_is_no_mount(mounter: Process, room: str) -> None:
    """The new root must be a mount, and be there."""
    mounter.mkdir("new")
    with fails(EINVAL):
        mounter.pivot_root("new", "new")
    mounter.mount("none", "new", "tmpfs")
    mounter.chdir("new")
    mounter.pivot_root(".", ".")
    with fails(ENOENT):
        mounter.pivot_root("/missing", "/")


def test_overlay_in_a_user_namespace(mounter: Process) -> None:
    """An overlay shows the lower file, and takes changes in the upper layer."""
    mounter.mount("none", ".", "tmpfs")
    mounter.chdir(mounter.getcwd())
    for name in ("lower", "upper", "work", "merged"):
        mounter.mkdir(name)
    mounter.write("lower/file", "old")
    mounter.mount("none", "merged", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work,userxattr")
    assert mounter.read("merged/file") == "old"
    mounter.write("merged/file", "new")
    assert (mounter.read("lower/file"), mounter.read("upper/file")) == ("old", "new")
    mounter.unlink("merged/file")
    assert stat.S_ISCHR(mounter.stat("upper/file").st_mode)
    assert mounter.stat("upper/file").st_rdev == 0
    with fails(EINVAL, ENOENT):
        mounter.mount("none", "merged", "overlay", 0, "lowerdir=missing,upperdir=upper,workdir=work")


def test_nodev_is_implied_in_a_user_namespace(root: Process, room: str) -> None:
    """A device on a filesystem that a user namespace mounted cannot be opened, not even by root."""
    mounter = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 1", gid_map="0 0 1")
    mounter.mount("none", room, "tmpfs")
    root.setns(root.open(f"/proc/{mounter.pid}/ns/mnt"))
    root.mknod(f"{room}/null", S_IFCHR | 0o666, 1 << 8 | 3)
    with fails(EACCES):
        root.open(f"{room}/null")
