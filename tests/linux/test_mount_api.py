"""The newer calls about mounts on the live kernel, and the ID maps that they give."""

from __future__ import annotations

import stat
from errno import EBADF, EBUSY, EINVAL, ENODEV, ENOENT, EPERM

from nsdoc import fails
from nsdoc.abi import (
    AT_EMPTY_PATH,
    AT_FDCWD,
    AT_RECURSIVE,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    FSCONFIG_CMD_CREATE,
    FSCONFIG_CMD_RECONFIGURE,
    FSCONFIG_SET_FLAG,
    FSCONFIG_SET_STRING,
    MOUNT_ATTR_IDMAP,
    MOUNT_ATTR_NOEXEC,
    MOUNT_ATTR_RDONLY,
    MS_NOEXEC,
    MS_SHARED,
    OPEN_TREE_CLONE,
)
from nsdoc.process import Process
from tests.linux.mountinfo import mounts_at

NOBODY = 65534


def test_the_newer_calls_make_a_mount(mounter: Process, room: str) -> None:
    """fsopen(), fsconfig(), fsmount() and move_mount() together do what mount() does."""
    context = mounter.fsopen("tmpfs")
    mounter.fsconfig(context, FSCONFIG_SET_STRING, "mode", "0711")
    mounter.fsconfig(context, FSCONFIG_SET_STRING, "source", "somewhere")
    mounter.fsconfig(context, FSCONFIG_CMD_CREATE)
    fd = mounter.fsmount(context, 0, MOUNT_ATTR_NOEXEC)
    mounter.mkdir("place")
    mounter.move_mount(fd, "place")
    (fields,) = mounts_at(mounter, f"{room}/place")
    assert fields[-2] == "somewhere"
    assert "noexec" in fields[5]
    assert stat.S_IMODE(mounter.stat("place").st_mode) == 0o711


def test_the_newer_calls_refuse(mounter: Process) -> None:
    """fsopen(), fsconfig() and fsmount() say what is wrong."""
    with fails(ENODEV):
        mounter.fsopen("nosuchfs")
    with fails(EINVAL):
        mounter.fsopen("tmpfs", 64)
    context = mounter.fsopen("tmpfs")
    with fails(EINVAL):
        mounter.fsconfig(context, FSCONFIG_SET_FLAG, "nosuchflag")
    with fails(EBUSY):
        mounter.fsconfig(context, FSCONFIG_CMD_RECONFIGURE)
    with fails(EINVAL):
        mounter.fsmount(context)
    with fails(EBADF):
        mounter.fsconfig(77, FSCONFIG_CMD_CREATE)
    with fails(EBADF):
        mounter.fsmount(77)
    with fails(EINVAL):
        mounter.fsconfig(mounter.open("."), FSCONFIG_CMD_CREATE)


def test_open_tree_copies_a_mount(mounter: Process) -> None:
    """open_tree() with OPEN_TREE_CLONE gives a copy that move_mount() puts elsewhere."""
    mounter.mkdir("one")
    mounter.mkdir("two")
    mounter.mount("none", "one", "tmpfs")
    mounter.write("one/file", "x")
    mounter.move_mount(mounter.open_tree("one", OPEN_TREE_CLONE), "two")
    assert mounter.read("two/file") == "x"
    with fails(ENOENT):
        mounter.open_tree("missing")
    with fails(EINVAL):
        mounter.open_tree("one", 2)
    with fails(EBADF):
        mounter.move_mount(77, "two")
    with fails(ENOENT):
        mounter.move_mount(mounter.open_tree("one", OPEN_TREE_CLONE), "missing")


def test_mount_setattr_sets_and_clears(mounter: Process, room: str) -> None:
    """mount_setattr() changes attributes and propagation, of a path or of a descriptor."""
    mounter.mkdir("place")
    mounter.mount("none", "place", "tmpfs")
    mounter.mount_setattr(AT_FDCWD, "place", 0, attr_set=MOUNT_ATTR_RDONLY, propagation=MS_SHARED)
    (fields,) = mounts_at(mounter, f"{room}/place")
    assert fields[5].startswith("ro")
    assert fields[6].startswith("shared:")
    fd = mounter.open_tree("place")
    mounter.mount_setattr(fd, attr_clr=MOUNT_ATTR_RDONLY)
    mounter.write("place/file", "x")
    mounter.mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, attr_set=MOUNT_ATTR_NOEXEC)
    with fails(EINVAL):
        mounter.mount_setattr(fd, attr_set=1 << 40)
    with fails(EBADF):
        mounter.mount_setattr(77, attr_set=MOUNT_ATTR_RDONLY)


def test_mount_setattr_keeps_locked_attributes(mounter: Process) -> None:
    """What a mount inherited cannot be cleared by mount_setattr() either."""
    mounter.mount("none", ".", "tmpfs", MS_NOEXEC)
    lower = mounter.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 1", gid_map="0 0 1")
    lower.chdir(lower.getcwd())
    with fails(EPERM):
        lower.mount_setattr(AT_FDCWD, ".", 0, attr_clr=MOUNT_ATTR_NOEXEC)


def test_an_idmapped_mount_translates_owners(root: Process, room: str) -> None:
    """Through a mount with an ID map, owners show as the map says, and new files are stored so."""
    holder = root.clone(CLONE_NEWUSER, uid_map="0 10000 100", gid_map="0 10000 100")
    userns = root.open(f"/proc/{holder.pid}/ns/user")
    root.unshare(CLONE_NEWNS)
    root.mkdir(f"{room}/plain")
    root.mkdir(f"{room}/mapped")
    root.write(f"{room}/plain/file", "x")
    root.chown(f"{room}/plain/file", 5, 6)
    tree = root.open_tree(f"{room}/plain", OPEN_TREE_CLONE)
    root.mount_setattr(tree, attr_set=MOUNT_ATTR_IDMAP, userns_fd=userns)
    root.move_mount(tree, f"{room}/mapped")
    found = root.stat(f"{room}/mapped/file")
    assert (found.st_uid, found.st_gid) == (10005, 10006)
    root.chown(f"{room}/plain/file", 500, 6)
    assert root.stat(f"{room}/mapped/file").st_uid == NOBODY
    root.chown(f"{room}/mapped/file", 10007, -1)
    assert root.stat(f"{room}/plain/file").st_uid == 7


def test_an_idmapped_mount_asks_for_privilege_over_the_filesystem(mounter: Process, room: str) -> None:
    """Root of a user namespace cannot map the IDs of a mount of a filesystem of the initial one."""
    userns = mounter.open("/proc/self/ns/user")
    tree = mounter.open_tree(room, OPEN_TREE_CLONE)
    with fails(EPERM):
        mounter.mount_setattr(tree, attr_set=MOUNT_ATTR_IDMAP, userns_fd=userns)


def test_an_idmap_is_not_set_twice(root: Process, room: str) -> None:
    """A mount that has an ID map gets no other, and only a user namespace can give one."""
    holder = root.clone(CLONE_NEWUSER, uid_map="0 10000 100", gid_map="0 10000 100")
    userns = root.open(f"/proc/{holder.pid}/ns/user")
    root.unshare(CLONE_NEWNS)
    tree = root.open_tree(room, OPEN_TREE_CLONE)
    with fails(EINVAL):
        root.mount_setattr(tree, attr_set=MOUNT_ATTR_IDMAP, userns_fd=root.open("/proc/self/ns/uts"))
    with fails(EPERM):
        root.mount_setattr(tree, attr_set=MOUNT_ATTR_IDMAP, userns_fd=root.open("/proc/self/ns/user"))
    root.mount_setattr(tree, attr_set=MOUNT_ATTR_IDMAP, userns_fd=userns)
    with fails(EPERM):
        root.mount_setattr(tree, attr_set=MOUNT_ATTR_IDMAP, userns_fd=userns)
