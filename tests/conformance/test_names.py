"""Names and files: what cannot be made, moved, opened or changed, and in which order that is found out."""

from __future__ import annotations

from typing import Any

import pytest

from nsdoc.abi import (
    AF_UNIX,
    CAP_CHOWN,
    CAP_DAC_OVERRIDE,
    CAP_FSETID,
    CAP_SETFCAP,
    CLONE_NEWNS,
    MS_BIND,
    MS_RDONLY,
    MS_REMOUNT,
    O_APPEND,
    O_CREAT,
    O_DIRECTORY,
    O_NOATIME,
    O_NOFOLLOW,
    O_PATH,
    O_RDONLY,
    O_RDWR,
    O_TRUNC,
    O_WRONLY,
    S_IFBLK,
    S_IFCHR,
    S_IFDIR,
    S_IFIFO,
    S_IFREG,
    SOCK_STREAM,
    XATTR_CREATE,
    XATTR_REPLACE,
)
from nsdoc.process import Kernel, Process
from tests.conformance.support import alice_of, child_of, mapped_child_of, outcome, root_of

LONG, LONGER = "x" * 256, "x/" * 2048


def mounter_of(kernel: Kernel) -> Process:
    """A process of root in a mount namespace of its own."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    return root


def room_of(kernel: Kernel) -> Process:
    """A process without privilege in a directory of its own, with a file, a directory and links."""
    alice = alice_of(kernel)
    alice.mkdir("room")
    alice.chdir("room")
    alice.write("file", "text")
    alice.mkdir("empty")
    alice.mkdir("full")
    alice.write("full/file", "x")
    alice.symlink("file", "link")
    alice.symlink("nowhere", "dangling")
    return alice


@pytest.mark.parametrize(
    ("call", "args", "expected"),
    [
        ("mkdir", (".",), "EEXIST"), ("mkdir", ("/",), "EEXIST"), ("mkdir", ("dangling",), "EEXIST"),
        ("mkdir", ("new/",), None), ("mkdir", ("file/new",), "ENOTDIR"), ("mkdir", ("",), "ENOENT"),
        ("mkdir", (LONG,), "ENAMETOOLONG"), ("mkdir", (LONGER,), "ENAMETOOLONG"),
        ("mknod", ("new/", S_IFREG | 0o600), "ENOENT"), ("mknod", ("new", S_IFDIR | 0o700), "EPERM"),
        ("mknod", ("new", 0o130000), "EINVAL"), ("mknod", ("new", 0o600), None),
        ("mknod", ("new", S_IFIFO | 0o600), None), ("mknod", ("new", S_IFBLK | 0o600, 0x103), "EPERM"),
        ("symlink", ("", "new"), "ENOENT"), ("symlink", ("x", "new/"), "ENOENT"),
        ("symlink", ("x", "file"), "EEXIST"),
        ("link", ("empty", "new"), "EPERM"), ("link", ("file", "link"), "EEXIST"),
        ("link", ("nowhere", "new"), "ENOENT"),
        ("unlink", (".",), "EISDIR"), ("unlink", ("empty",), "EISDIR"), ("unlink", ("file/",), "ENOTDIR"),
        ("unlink", ("empty/",), "EISDIR"), ("unlink", ("nowhere",), "ENOENT"), ("unlink", ("/",), "EISDIR"),
        ("unlink", ("link/x",), "ENOTDIR"), ("unlink", ("/proc/self/comm",), "EPERM"),
        ("rmdir", (".",), "EINVAL"), ("rmdir", ("..",), "ENOTEMPTY"), ("rmdir", ("/",), "EBUSY"),
        ("rmdir", ("full",), "ENOTEMPTY"), ("rmdir", ("file",), "ENOTDIR"), ("rmdir", ("nowhere",), "ENOENT"),
        ("rmdir", ("/proc/self/ns",), "EPERM"),
        ("rename", ("file", "/proc/new"), "EXDEV"), ("rename", (".", "new"), "EBUSY"),
        ("rename", ("file", ".."), "EBUSY"), ("rename", ("file", "new/"), "ENOTDIR"),
        ("rename", ("empty", "new/"), None), ("rename", ("empty", "empty/new"), "EINVAL"),
        ("rename", ("empty", "file"), "ENOTDIR"), ("rename", ("file", "empty"), "EISDIR"),
        ("rename", ("empty", "full"), "ENOTEMPTY"), ("rename", ("full", "empty"), None),
        ("rename", ("full/file", "file"), None), ("rename", ("empty", "full/empty"), None),
        ("rename", ("nowhere", "new"), "ENOENT"), ("rename", ("link", "file"), None),
        ("readlink", ("file",), "EINVAL"), ("readlink", ("link",), "file"),
        ("chdir", ("file",), "ENOTDIR"), ("chdir", ("nowhere",), "ENOENT"), ("chdir", ("empty/",), None),
        ("chroot", ("file",), "ENOTDIR"), ("chroot", ("empty",), "EPERM"),
        ("stat", ("file/",), "ENOTDIR"), ("stat", ("",), "ENOENT"), ("access", ("link/",  0), "ENOTDIR"),
        ("stat", ("dangling",), "ENOENT"), ("listdir", ("file",), "ENOTDIR"),
        ("chmod", ("nowhere", 0), "ENOENT"), ("access", ("file", 8), "EINVAL"), ("access", ("file", 4), None),
        ("open", ("nowhere", O_RDONLY), "ENOENT"), ("open", ("new/", O_CREAT | O_WRONLY), "EISDIR"),
        ("open", ("..", O_CREAT | O_WRONLY), "EISDIR"), ("open", (".", O_CREAT), "EISDIR"),
        ("open", ("/", O_CREAT), "EISDIR"), ("open", ("empty", O_WRONLY), "EISDIR"),
        ("open", ("file", O_DIRECTORY), "ENOTDIR"), ("open", ("link", O_NOFOLLOW), "ELOOP"),
        ("open", ("new", O_CREAT | O_DIRECTORY), "EINVAL"), ("open", ("empty", O_CREAT), "EISDIR"),
        ("open", ("file/", O_RDONLY), "ENOTDIR"), ("open", ("file", 3), "int"),
        ("open", ("/dev/null", O_RDWR | O_TRUNC), "int"),
        ("open", ("/proc/self/cwd", O_CREAT), "EISDIR"), ("open", ("/proc/self/exe", O_CREAT), "int"),
        ("open", ("/etc/passwd", O_NOATIME), "EPERM"), ("open", ("file", O_NOATIME), "int"),
        ("open", ("dangling", O_CREAT | O_WRONLY), "int"),
        ("read", ("empty",), "EISDIR"), ("execve", ("empty",), "EACCES"), ("execve", ("file",), "EACCES"),
        ("umount", ("empty",), "EPERM"), ("mount", ("x", "nowhere", "tmpfs"), "ENOENT"),
    ],
)  # fmt: skip
def test_what_a_name_refuses(kernel: Kernel, call: str, args: tuple[Any, ...], expected: str | None) -> None:
    """R080: each name that cannot be made, moved, opened or taken away has its error."""
    got = outcome(getattr(room_of(kernel), call), *args)
    assert ("int" if isinstance(got, int) else got) == expected


def test_descriptors_know_how_they_were_opened(kernel: Kernel) -> None:
    """R080: a descriptor reads or writes only if it was opened so; offsets and lengths are not negative."""
    alice = room_of(kernel)
    reader, writer, path = alice.open("file"), alice.open("file", O_WRONLY), alice.open("file", O_PATH)
    assert outcome(alice.read, writer, 5) == "EBADF"
    assert outcome(alice.pread, writer, 5, 0) == "EBADF"
    assert outcome(alice.write, reader, "x") == "EBADF"
    assert outcome(alice.pwrite, reader, "x", 0) == "EBADF"
    assert outcome(alice.pread, reader, 5, -1) == "EINVAL"
    assert outcome(alice.pwrite, writer, "x", -1) == "EINVAL"
    assert outcome(alice.ftruncate, reader, 0) == "EINVAL"
    assert outcome(alice.ftruncate, writer, -1) == "EINVAL"
    assert outcome(alice.lseek, reader, -1) == "EINVAL"
    assert outcome(alice.lseek, reader, 2) == 2
    assert outcome(alice.lseek, reader, 1, 1) == 3
    assert outcome(alice.lseek, reader, 0, 2) == 4
    assert outcome(alice.lseek, reader, 0, 9) == "EINVAL"
    assert outcome(alice.read, path, 5) == "EBADF"
    assert outcome(alice.fchmod, path, 0o600) == "EBADF"
    assert outcome(alice.fchdir, reader) == "ENOTDIR"


def test_holes_and_ends(kernel: Kernel) -> None:
    """R080: writing past the end fills with zeros, appending goes to the end, truncation cuts and fills."""
    alice = room_of(kernel)
    fd = alice.open("file", O_RDWR)
    assert alice.pwrite(fd, "y", 6) == 1
    assert alice.pread(fd, 10, 0) == b"text\0\0y"
    alice.ftruncate(fd, 2)
    alice.ftruncate(fd, 4)
    assert alice.read("file") == "te\0\0"
    more = alice.open("file", O_WRONLY | O_APPEND)
    alice.write(more, "z")
    assert alice.stat("file").st_size == 5
    assert alice.read(alice.open("/dev/null"), 5) == b""
    assert alice.write(alice.open("/dev/null", O_WRONLY), "gone") == 4


@pytest.mark.parametrize("call", "write mkdir unlink rename chmod setxattr access open".split())
def test_read_only_mounts(kernel: Kernel, call: str) -> None:
    """R070: below a read-only mount nothing changes, whoever asks."""
    root = mounter_of(kernel)
    root.mkdir("place")
    root.mount("t", "place", "tmpfs")
    root.write("place/file", "x")
    root.mount("none", "place", "", MS_REMOUNT | MS_BIND | MS_RDONLY)
    args: dict[str, tuple[Any, ...]] = {
        "write": ("place/file", "y"), "mkdir": ("place/new",), "unlink": ("place/file",),
        "rename": ("place/file", "place/new"), "chmod": ("place/file", 0o600),
        "setxattr": ("place/file", "trusted.x", b"1"), "access": ("place/file", 2),
        "open": ("place/file", O_RDWR),
    }  # fmt: skip
    assert outcome(getattr(root, call), *args[call]) == "EROFS"
    assert root.read("place/file") == "x"


def test_a_read_only_filesystem(kernel: Kernel) -> None:
    """R070: a filesystem that is read-only is so through every mount."""
    root = mounter_of(kernel)
    root.mkdir("place")
    root.mount("t", "place", "tmpfs", MS_RDONLY)
    assert outcome(root.mkdir, "place/new") == "EROFS"
    assert outcome(root.access, "place", 2) == "EROFS"
    assert outcome(root.chmod, "place", 0o700) == "EROFS"
    assert outcome(root.access, "place", 4) is None


def test_what_is_gone(kernel: Kernel) -> None:
    """R080: in a directory that was removed nothing can be made."""
    alice = room_of(kernel)
    alice.chdir("empty")
    alice.rmdir("../empty")
    assert outcome(alice.mkdir, "new") == "ENOENT"
    assert outcome(alice.open, "new", O_CREAT | O_WRONLY) == "ENOENT"
    assert outcome(alice.getcwd) == "ENOENT"
    assert outcome(alice.listdir, ".") == "ENOENT"


def test_a_socket_is_no_file_to_open(kernel: Kernel) -> None:
    """R080: a socket's name cannot be opened, and a name that is there cannot be bound."""
    alice = room_of(kernel)
    alice.bind(alice.socket(AF_UNIX, SOCK_STREAM), "socket")
    assert outcome(alice.open, "socket") == "ENXIO"
    assert outcome(alice.bind, alice.socket(AF_UNIX, SOCK_STREAM), "file") == "EADDRINUSE"
    assert outcome(alice.bind, alice.socket(AF_UNIX, SOCK_STREAM), "nowhere/socket") == "ENOENT"


def test_groups_of_directories(kernel: Kernel) -> None:
    """R074: below a set-group-ID directory files get its group, and directories the bit."""
    root, alice = root_of(kernel), alice_of(kernel)
    root.mkdir("shared")
    root.chown("shared", 1000, 2000)
    root.chmod("shared", 0o2777)
    alice.umask(0)
    alice.mkdir("shared/inner")
    assert (alice.stat("shared/inner").st_gid, alice.stat("shared/inner").st_mode) == (2000, S_IFDIR | 0o2777)
    alice.mknod("shared/program", S_IFREG | 0o2775)
    assert alice.stat("shared/program").st_gid == 2000
    assert alice.stat("shared/program").st_mode == S_IFREG | 0o775
    alice.mknod("shared/plain", S_IFREG | 0o2644)
    assert alice.stat("shared/plain").st_mode == S_IFREG | 0o2644
    able = kernel.process(uid=1000, gid=1000, caps=[CAP_FSETID])
    able.umask(0)
    able.mknod("shared/able", S_IFREG | 0o2775)
    assert able.stat("shared/able").st_mode == S_IFREG | 0o2775
    member = kernel.process(uid=1000, gid=1000, groups=[2000])
    member.umask(0)
    member.mknod("shared/member", S_IFREG | 0o2775)
    assert member.stat("shared/member").st_mode == S_IFREG | 0o2775


def test_directories_are_moved_by_who_writes_them(kernel: Kernel) -> None:
    """R080: moving a directory to another one changes it, so writing to it is needed."""
    root, alice = root_of(kernel), alice_of(kernel)
    for name in ("one", "other", "one/moved"):
        root.mkdir(name)
    root.chown("one", 1000, 1000)
    root.chown("other", 1000, 1000)
    assert outcome(alice.rename, "one/moved", "one/new") is None
    assert outcome(alice.rename, "one/new", "other/new") == "EACCES"


def test_sticky_directories_protect_links(kernel: Kernel) -> None:
    """R080: in a sticky directory that all can write, the links of others are not followed."""
    alice, bob, root = alice_of(kernel), kernel.process(uid=1001, gid=1001), root_of(kernel)
    root.write("file", "text")
    root.mkdir("sticky")
    root.chmod("sticky", 0o1777)
    alice.symlink("../file", "sticky/of-alice")
    root.symlink("../file", "sticky/of-root")
    assert alice.read("sticky/of-alice") == "text"
    assert bob.read("sticky/of-root") == "text"
    protected = root.read("/proc/sys/fs/protected_symlinks").strip() == "1"
    assert outcome(bob.read, "sticky/of-alice") == ("EACCES" if protected else "text")


def test_mounted_names_stay(kernel: Kernel) -> None:
    """R072: a name on which something is mounted is not removed there, but elsewhere it is."""
    root = mounter_of(kernel)
    root.mkdir("place")
    root.mkdir("other")
    root.write("file", "")
    root.write("upon", "")
    root.mount("t", "place", "tmpfs")
    root.mount("file", "upon", "", MS_BIND)
    assert outcome(root.rmdir, "place") == "EBUSY"
    assert outcome(root.unlink, "upon") == "EBUSY"
    assert outcome(root.rename, "place", "new") == "EBUSY"
    assert outcome(root.rename, "other", "place") == "EBUSY"
    assert outcome(root.rename, "other", "place/new") == "EXDEV"
    assert outcome(root.link, "file", "place/new") == "EXDEV"


@pytest.mark.parametrize(
    ("name", "flags", "value", "expected"),
    [
        ("user.x", 4, b"1", "EINVAL"), ("user.x", XATTR_CREATE | XATTR_REPLACE, b"1", "ENODATA"),
        ("user.x", XATTR_REPLACE, b"1", "ENODATA"), ("user.x", XATTR_CREATE, b"1", None),
        ("user.", 0, b"1", "EINVAL"), ("", 0, b"1", "ERANGE"), ("user." + LONG, 0, b"1", "ERANGE"),
        ("user.x", 0, b"1" * 65537, "E2BIG"), ("trusted.x", 0, b"1", "EPERM"), ("odd", 0, b"1", "EOPNOTSUPP"),
        ("security.x", 0, b"1", "EPERM"), ("security.capability", 0, b"1", "EINVAL"),
    ],
)  # fmt: skip
def test_attributes(kernel: Kernel, name: str, flags: int, value: bytes, expected: str | None) -> None:
    """R082: what is wrong with a name, a flag or a value of an extended attribute."""
    assert outcome(room_of(kernel).setxattr, "file", name, value, flags) == expected


def test_attributes_of_files_that_are_none(kernel: Kernel) -> None:
    """R082: user attributes are for files and directories, of sticky ones only for the owner."""
    root, alice = root_of(kernel), room_of(kernel)
    alice.mknod("fifo", S_IFIFO | 0o600)
    assert outcome(alice.setxattr, "fifo", "user.x", b"1") == "EPERM"
    assert outcome(alice.getxattr, "fifo", "user.x") == "ENODATA"
    root.mkdir("room/sticky")
    root.chmod("room/sticky", 0o1777)
    assert outcome(alice.setxattr, "sticky", "user.x", b"1") == "EPERM"
    assert outcome(root.setxattr, "room/sticky", "user.x", b"1") is None
    assert outcome(root.setxattr, "room/fifo", "trusted.x", b"1") is None
    assert outcome(root.getxattr, "room/fifo", "trusted.x") == b"1"
    assert outcome(root.getxattr, "room/fifo", "trusted.") == "EINVAL"
    assert outcome(alice.getxattr, "fifo", "trusted.x") == "ENODATA"
    assert outcome(alice.getxattr, "file", "user.x") == "ENODATA"
    assert outcome(alice.removexattr, "file", "user.x") == "ENODATA"
    assert outcome(alice.removexattr, "file", "security.capability") == "EPERM"


def test_files_of_strangers_cannot_be_changed_in_a_namespace(kernel: Kernel) -> None:
    """R074: where owner and group cannot be expressed, a file that all can write is not written."""
    root = root_of(kernel)
    root.write("file", "text")
    root.chmod("file", 0o666)
    root.mkdir("sticky")
    root.chmod("sticky", 0o777)
    child = mapped_child_of(alice_of(kernel))
    assert outcome(child.write, "file", "new") == 3
    assert outcome(child.setxattr, "file", "user.x", b"1") is None
    assert outcome(child.chown, "file", 0, 0) == "EPERM"
    assert outcome(child.link, "file", "sticky/new") in (None, "EPERM")
    mapless = child_of(alice_of(kernel))
    assert outcome(mapless.write, "file", "newer") == 5


def test_links_of_strangers(kernel: Kernel) -> None:
    """R080: a hard link needs a file that one owns, or could read and write, and that is no program."""
    root, alice = root_of(kernel), alice_of(kernel)
    protected = root.read("/proc/sys/fs/protected_hardlinks").strip() == "1"
    for name, mode in (("secret", 0o600), ("open", 0o666), ("program", 0o4777), ("grouped", 0o2777)):
        root.write(name, "")
        root.chmod(name, mode)
    assert outcome(alice.link, "open", "one") is None
    for name in ("secret", "program", "grouped"):
        assert outcome(alice.link, name, f"{name}2") == ("EPERM" if protected else None)
    root.mknod("device", S_IFCHR | 0o666, 0)
    assert outcome(alice.link, "device", "two") == ("EPERM" if protected else None)


def test_modes_of_links(kernel: Kernel) -> None:
    """R081: set-group-ID goes when the group is a stranger's."""
    root = root_of(kernel)
    root.write("program", "")
    root.chown("program", 1000, 2000)
    alice = alice_of(kernel)
    alice.chmod("program", 0o2755)
    assert alice.stat("program").st_mode == S_IFREG | 0o755
    root.chmod("program", 0o2755)
    assert root.stat("program").st_mode == S_IFREG | 0o2755
    able = kernel.process(uid=1000, gid=1000, caps=[CAP_CHOWN])
    able.chown("program", -1, 1000)
    assert able.stat("program").st_mode == S_IFREG | 0o755
    root.chmod("program", 0o6744)
    able.chown("program", -1, 2000)
    assert able.stat("program").st_mode == S_IFREG | 0o744
    writer = kernel.process(uid=1001, gid=1001, caps=[CAP_DAC_OVERRIDE, CAP_SETFCAP])
    root.chmod("program", 0o6755)
    writer.write("program", "x")
    assert writer.stat("program").st_mode == S_IFREG | 0o755
