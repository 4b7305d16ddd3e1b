"""The newer mount interface: what is refused, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from nsdoc.abi import (
    AT_EMPTY_PATH,
    AT_RECURSIVE,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    MOUNT_ATTR_IDMAP,
    MOUNT_ATTR_NODEV,
    MOUNT_ATTR_NOEXEC,
    MOUNT_ATTR_NOSUID,
    MOUNT_ATTR_RDONLY,
    MOVE_MOUNT_F_EMPTY_PATH,
    MS_PRIVATE,
    MS_REC,
    MS_SHARED,
    OPEN_TREE_CLONE,
)
from nsdoc.process import Kernel, Process
from tests.conformance.support import alice_of, child_of, mapped_child_of, outcome, root_of

SET_FLAG, SET_STRING, CMD_CREATE, CMD_RECONFIGURE = 0, 1, 6, 7
ATIME, NOATIME, STRICTATIME = 0x70, 0x10, 0x20
EMPTY = AT_EMPTY_PATH


def root_in(kernel: Kernel) -> Process:
    """A process of root in a mount namespace of its own."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mkdir("place")
    root.mkdir("other")
    return root


def flags_of(process: Process, name: str) -> str:
    """The flags of the mount at a place, as mountinfo has them."""
    where = f"{process.getcwd()}/{name}"
    [found] = [line for line in process.read("/proc/self/mountinfo").splitlines() if line.split()[4] == where]
    return found.split()[5]


@pytest.mark.parametrize(
    ("call", "args", "expected"),
    [
        ("fsopen", ("",), "ENODEV"), ("fsopen", ("nosuch",), "ENODEV"), ("fsopen", ("tmpfs", 2), "EINVAL"),
        ("fsconfig", (-1, CMD_CREATE), "EINVAL"), ("fsconfig", (77, CMD_CREATE), "EBADF"),
        ("fsmount", (77,), "EBADF"), ("open_tree", ("place", 0x10000), "EINVAL"),
        ("open_tree", ("place", AT_RECURSIVE), "EINVAL"), ("open_tree", ("nosuch",), "ENOENT"),
        ("open_tree", ("", AT_EMPTY_PATH), "int"), ("move_mount", (77, "place", 0x1000), "EINVAL"),
        ("move_mount", (77, "place", MOVE_MOUNT_F_EMPTY_PATH), "EBADF"),
        ("move_mount", (77, "place", 0), "ENOENT"),
        ("mount_setattr", (77, "place", 2), "EINVAL"), ("mount_setattr", (77, "", EMPTY), None),
    ],
)  # fmt: skip
def test_what_calls_refuse(kernel: Kernel, call: str, args: tuple[Any, ...], expected: str | None) -> None:
    """R070: unknown flags, descriptors and names."""
    got = outcome(getattr(root_in(kernel), call), *args)
    assert ("int" if isinstance(got, int) else got) == expected


@pytest.mark.parametrize("call", ["fsopen", "open_tree", "move_mount", "mount_setattr", "fsmount"])
def test_who_may_mount(kernel: Kernel, call: str) -> None:
    """R070: all of them need CAP_SYS_ADMIN in the owner of the mount namespace."""
    args: dict[str, tuple[Any, ...]] = {
        "fsopen": ("tmpfs",), "open_tree": ("/", OPEN_TREE_CLONE), "move_mount": (0, "/"),
        "mount_setattr": (0, "/", 0), "fsmount": (0,),
    }  # fmt: skip
    assert outcome(getattr(alice_of(kernel), call), *args[call]) == "EPERM"


def test_the_steps_of_a_filesystem(kernel: Kernel) -> None:
    """R070: a filesystem is configured, then made, then mounted once."""
    root = root_in(kernel)
    fd = root.fsopen("tmpfs")
    assert outcome(root.fsmount, fd) == "EINVAL"
    assert outcome(root.fsconfig, fd, 99) == "EOPNOTSUPP"
    assert outcome(root.fsconfig, fd, CMD_CREATE, "key") == "EINVAL"
    assert outcome(root.fsconfig, fd, SET_FLAG, "nosuch") == "EINVAL"
    assert outcome(root.fsconfig, fd, SET_STRING, "mode", "700") is None
    assert outcome(root.fsconfig, fd, SET_STRING, "source", "here") is None
    assert outcome(root.fsconfig, fd, CMD_RECONFIGURE) == "EBUSY"
    assert outcome(root.fsconfig, fd, CMD_CREATE) is None
    assert outcome(root.fsconfig, fd, CMD_CREATE) == "EBUSY"
    assert outcome(root.fsconfig, fd, SET_STRING, "mode", "755") == "EBUSY"
    assert outcome(root.fsmount, fd, 2) == "EINVAL"
    assert outcome(root.fsmount, fd, 0, 0x1000) == "EINVAL"
    assert outcome(root.fsmount, fd, 0, 0x30) == "EINVAL"
    tree = root.fsmount(fd, 0, MOUNT_ATTR_NOEXEC | NOATIME)
    assert outcome(root.fsmount, fd) == "EBUSY"
    assert outcome(root.fsconfig, root.open("/"), CMD_CREATE) == "EINVAL"
    assert outcome(root.move_mount, tree, "place") is None
    assert flags_of(root, "place") == "rw,noexec,noatime"
    assert outcome(root.move_mount, tree, "place/nosuch") == "ENOENT"


def test_who_makes_a_filesystem(kernel: Kernel) -> None:
    """R070: a type that is not safe, or shows what belongs to others, is not made in a user namespace."""
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS)
    assert outcome(child.fsconfig, child.fsopen("ext4"), CMD_CREATE) == "EPERM"
    assert outcome(child.fsconfig, child.fsopen("proc"), CMD_CREATE) == "EPERM"
    assert outcome(child.fsopen, "sysfs") == "EPERM"
    assert outcome(child.fsconfig, child.fsopen("tmpfs"), CMD_CREATE) is None


def test_proc_is_not_revealed_by_fsmount(kernel: Kernel) -> None:
    """R071: fsmount(2) refuses a proc that would show what is covered."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mount("none", "/", "", MS_REC | MS_PRIVATE)
    root.mount("t", "/proc/sys", "tmpfs")
    first = root.clone(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, uid_map="0 0 10", gid_map="0 0 10")
    fd = first.fsopen("proc")
    first.fsconfig(fd, CMD_CREATE)
    assert outcome(first.fsmount, fd) == "EPERM"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"attr_set": 0x1000}, "EINVAL"), ({"propagation": 0x100}, "EINVAL"),
        ({"propagation": MS_PRIVATE | MS_SHARED}, "EINVAL"), ({"attr_set": NOATIME}, "EINVAL"),
        ({"attr_clr": NOATIME}, "EINVAL"), ({"attr_set": 0x30, "attr_clr": ATIME}, "EINVAL"),
        ({"attr_clr": MOUNT_ATTR_IDMAP}, "EINVAL"),
        ({"attr_set": MOUNT_ATTR_IDMAP, "userns_fd": 0}, "EINVAL"),
        ({"attr_set": MOUNT_ATTR_IDMAP, "userns_fd": 77}, "EBADF"), ({"propagation": MS_SHARED}, None),
        ({"attr_set": NOATIME, "attr_clr": ATIME}, None),
        ({"attr_set": STRICTATIME, "attr_clr": ATIME}, None),
        ({"attr_clr": ATIME}, None), ({"attr_set": MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV}, None),
    ],
)  # fmt: skip
def test_attributes(kernel: Kernel, given: dict[str, int], expected: str | None) -> None:
    """R070: what mount_setattr(2) takes, and what it does to the flags of the mount."""
    root = root_in(kernel)
    root.mount("t", "place", "tmpfs")
    assert outcome(lambda: root.mount_setattr(-100, "place", 0, **given)) == expected
    times = {NOATIME: "rw,noatime", STRICTATIME: "rw", 0: "rw,relatime"}
    if given.get("attr_clr") == ATIME and expected is None:
        assert flags_of(root, "place") == times[given.get("attr_set", 0)]
    if "attr_set" in given and given["attr_set"] & MOUNT_ATTR_RDONLY:
        assert flags_of(root, "place") == "ro,nodev,relatime"


def test_whose_mounts_are_changed(kernel: Kernel) -> None:
    """R072: a place that is no mount, or in another mount namespace, keeps its attributes."""
    root = root_in(kernel)
    assert outcome(lambda: root.mount_setattr(-100, "place", 0, attr_set=MOUNT_ATTR_RDONLY)) == "EINVAL"
    root.mount("t", "place", "tmpfs")
    root.mount_setattr(-100, "place", 0, attr_set=MOUNT_ATTR_NOSUID)
    other = root.fork()
    other.unshare(CLONE_NEWNS)
    there = f"/proc/{root.pid}/cwd/place"
    assert outcome(lambda: other.mount_setattr(-100, there, 0, attr_set=MOUNT_ATTR_RDONLY)) == "EINVAL"
    lower = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    assert outcome(lambda: lower.mount_setattr(-100, "place", 0, attr_clr=MOUNT_ATTR_NOSUID)) == "EPERM"
    assert outcome(lambda: lower.mount_setattr(-100, "place", 0, attr_set=MOUNT_ATTR_NODEV)) is None
    assert flags_of(root, "place") == "rw,nosuid,relatime"
    tree = root.open_tree("place", OPEN_TREE_CLONE)
    root.mount_setattr(tree, "", EMPTY | AT_RECURSIVE, attr_set=MOUNT_ATTR_NODEV)
    root.close(tree)


def test_maps_of_mounts(kernel: Kernel) -> None:
    """R042: a mount gets the maps of a user namespace once, before it is seen, from one that has maps."""
    root = root_in(kernel)
    root.mount("t", "place", "tmpfs")
    idmap = {"attr_set": MOUNT_ATTR_IDMAP}

    def tried(process: Process, fd: int, userns: int) -> Any:
        return outcome(lambda: process.mount_setattr(fd, "", EMPTY, userns_fd=userns, **idmap))

    mapped = root.clone(CLONE_NEWUSER, uid_map="0 1000 1", gid_map="0 1000 1")
    mapless = child_of(root)
    maps = [root.open(f"/proc/{one.pid}/ns/user") for one in (mapped, mapless, root)]
    tree = root.open_tree("place", OPEN_TREE_CLONE)
    assert tried(root, tree, maps[1]) == "EINVAL"
    assert tried(root, tree, maps[2]) == "EPERM"
    assert tried(root, tree, root.open("/proc/self/ns/mnt")) == "EINVAL"
    assert tried(root, tree, maps[0]) is None
    assert tried(root, tree, maps[0]) == "EPERM"
    assert tried(root, root.open_tree("place"), maps[0]) == "EINVAL"
    assert tried(root, root.open_tree("/proc", OPEN_TREE_CLONE), maps[0]) == "EINVAL"
    inner = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS)
    inner.mount("t", "other", "tmpfs")
    own = inner.open_tree("other", OPEN_TREE_CLONE)
    assert tried(inner, own, inner.open("/proc/self/ns/user")) == "EINVAL"
    lower = mapped_child_of(inner, "0 0 1", "0 0 1")
    assert tried(inner, own, inner.open(f"/proc/{lower.pid}/ns/user")) is None
    seen = inner.open_tree("other", OPEN_TREE_CLONE)
    assert tried(lower, 77, lower.open("/proc/self/ns/user")) == "EPERM"
    inner.close(seen)


def test_files_through_a_map(kernel: Kernel) -> None:
    """R042: through an idmapped mount, owners are those that its maps say; others are nobody's, and stay."""
    root = root_in(kernel)
    root.mount("t", "place", "tmpfs")
    for name, uid in (("zero", 0), ("thousand", 1000)):
        root.write(f"place/{name}", "x")
        root.chown(f"place/{name}", uid, uid)
        root.chmod(f"place/{name}", 0o666)
    mapped = root.clone(CLONE_NEWUSER, uid_map="0 1000 1", gid_map="0 1000 1")
    tree = root.open_tree("place", OPEN_TREE_CLONE)
    root.mount_setattr(
        tree, "", EMPTY, attr_set=MOUNT_ATTR_IDMAP, userns_fd=root.open(f"/proc/{mapped.pid}/ns/user")
    )
    root.move_mount(tree, "other")
    assert (root.stat("other/zero").st_uid, root.stat("other/thousand").st_uid) == (1000, 65534)
    assert outcome(root.write, "other/thousand", "y") == "EACCES"
    assert outcome(root.chmod, "other/thousand", 0o600) == "EOVERFLOW"
    assert outcome(root.chown, "other/thousand", 1000, -1) == "EOVERFLOW"
    assert outcome(root.chown, "other/thousand", -1, 1000) == "EOVERFLOW"
    assert outcome(root.chown, "other/thousand", 5, 5) == "EOVERFLOW"
    assert outcome(root.chown, "other/zero", -1, 5) == "EOVERFLOW"
    assert outcome(root.unlink, "other/thousand") == "EOVERFLOW"
    assert outcome(root.setxattr, "other/thousand", "trusted.x", b"1") == "EPERM"
    assert outcome(root.link, "other/thousand", "other/new") == "EOVERFLOW"
    assert outcome(root.mkdir, "other/new") == "EOVERFLOW"
    assert outcome(root.chown, "other/zero", 1000, 1000) is None
    assert root.stat("place/zero").st_uid == 0


def test_where_a_tree_goes(kernel: Kernel) -> None:
    """R072: a detached tree goes once; a directory goes upon a directory."""
    root = root_in(kernel)
    root.mount("t", "place", "tmpfs")
    root.write("file", "")
    tree = root.open_tree("place", OPEN_TREE_CLONE | AT_RECURSIVE)
    assert outcome(root.move_mount, tree, "file") == "EINVAL"
    assert outcome(root.move_mount, tree, "other") is None
    assert outcome(root.move_mount, root.open_tree("place"), "other") is None
    assert outcome(root.move_mount, root.open_tree("file"), "other") == "EINVAL"
    assert outcome(root.move_mount, root.open("file"), "other") == "EINVAL"
    assert outcome(root.setns, tree) == "EBADF"
