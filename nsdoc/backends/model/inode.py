"""Filesystems and the files in them.

An `Inode` of this module is a file that lives in memory, as of tmpfs.
The files of proc and nsfs, pipes and sockets are its subclasses.

Twin: include/linux/fs.h and fs/inode.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK
from nsdoc.backends.model.dcache import Dentry
from nsdoc.backends.model.errnos import EISDIR, ENXIO
from nsdoc.backends.model.refusal import Refused
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.fs_types import FileSystemType
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kgid, Kuid
    from nsdoc.backends.model.user_namespace import UserNamespace

# /dev/null and /dev/fuse, of which nothing is ever read.
_DEVICES: Final = (0x103, 0xAE5)


class Superblock:
    """One filesystem: its type, the user namespace whose IDs it can store, its root."""

    __slots__ = ("dev", "fstype", "info", "last_ino", "read_only", "root", "user_ns")

    def __init__(
        self, kernel: Kernel, fstype: FileSystemType, user_ns: UserNamespace, info: object = None
    ) -> None:
        self.fstype = fstype
        self.user_ns = user_ns
        # What this instance of the type is about, such as the PID namespace of a proc filesystem.
        self.info = info
        self.dev = kernel.next_dev()
        self.last_ino = 0
        self.read_only = False
        self.root: Dentry

    def next_ino(self) -> int:
        """The inode number of the next file."""
        self.last_ino += 1
        return self.last_ino


class Inode:
    """A file: its type and mode, its owner and group, its content."""

    __slots__ = ("data", "gid", "ino", "mode", "nlink", "rdev", "sb", "target", "uid", "xattrs")

    def __init__(
        self, sb: Superblock, mode: int, uid: Kuid, gid: Kgid, rdev: int = 0, target: str = ""
    ) -> None:
        self.sb = sb
        self.ino = sb.next_ino()
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.rdev = rdev
        self.nlink = 2 if mode & S_IFMT == S_IFDIR else 1
        self.data = bytearray()
        self.target = target
        self.xattrs: dict[str, bytes] = {}

    def kind(self) -> int:
        """The file type, one of ``S_IF*``."""
        return self.mode & S_IFMT

    def is_dir(self) -> bool:
        """Whether this is a directory."""
        return self.mode & S_IFMT == S_IFDIR

    def is_symlink(self) -> bool:
        """Whether this is a symbolic link."""
        return self.mode & S_IFMT == S_IFLNK

    def is_regular(self) -> bool:
        """Whether this is a regular file."""
        return self.mode & S_IFMT == S_IFREG

    def is_device(self) -> bool:
        """Whether this is a block or character device."""
        return self.mode & S_IFMT in (S_IFBLK, S_IFCHR)

    def is_special(self) -> bool:
        """Whether what it holds is not in the filesystem: a device, a FIFO, a socket."""
        return self.mode & S_IFMT in (S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK)

    def ids(self) -> tuple[Kuid, Kgid]:
        """The owner and the group."""
        return self.uid, self.gid

    def size(self) -> int:
        """What stat(2) says is its size."""
        return len(self.target) if self.is_symlink() else len(self.data)

    def permission(self, current: Task, mask: int) -> bool:
        """Whether the file allows an access without the mode bits being asked."""
        return False

    def lookup(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """The entry of a name in this directory."""
        return dentry.children.get(name)

    def names(self, current: Task, dentry: Dentry) -> list[str]:
        """The names in this directory."""
        return list(dentry.children)

    def follow(self, current: Task) -> str | Path:
        """Where a symbolic link leads: a text to walk, or a place."""
        return self.target

    def readlink(self, current: Task) -> str:
        """The text of a symbolic link."""
        return self.target

    def is_virtual(self) -> bool:
        """Whether the content is made at reading, as in proc."""
        return False

    def has_pwrite(self) -> bool:
        """Whether it can be written at an offset."""
        return True

    def is_immutable(self) -> bool:
        """Whether nothing about it can be changed, as of the directory of a process in proc."""
        return False

    def may_setattr(self, current: Task, *, mode: bool, owner: bool) -> None:
        """What the filesystem says before the mode, or the owner or the group, is changed."""

    def may_remove_names(self) -> bool:
        """Whether names can be taken from this directory."""
        return True

    def create(self, current: Task, directory: Path, inode: Inode) -> Inode:
        """Accept a new file into this directory, or refuse."""
        return inode

    def open(self, current: Task, file: File) -> None:
        """What happens when the file is opened, after its mode has allowed it.

        Raises:
            Refused: ENXIO, there is no such device.
            Unavailable: the device is not modelled, or the other end of the FIFO is missing.
        """
        kind = self.kind()
        if kind == S_IFIFO:
            raise Unavailable("open(): FIFOs are not modelled")
        if kind == S_IFCHR and self.rdev in _DEVICES:
            return
        # open(2) ENXIO: no driver has this device; the numbers with major 0 belong to none.
        if kind == S_IFCHR and self.rdev == 0:
            raise Refused(ENXIO)
        if kind in (S_IFBLK, S_IFCHR):
            raise Unavailable("open(): the device is not modelled")

    def release(self, file: File) -> None:
        """What happens when the last descriptor of an open file is closed."""

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset`."""
        if self.is_dir():
            raise Refused(EISDIR)
        if self.is_device():
            return b""
        return bytes(self.data[offset : offset + size])

    def write(self, current: Task, file: File, data: bytes, offset: int) -> int:
        """Write at `offset`: how many bytes were taken."""
        if self.is_device():
            return len(data)
        if len(self.data) < offset:
            self.data.extend(bytes(offset - len(self.data)))
        self.data[offset : offset + len(data)] = data
        return len(data)

    def truncate(self, length: int) -> None:
        """Set the length."""
        self.data[length:] = bytes(max(0, length - len(self.data)))

    def ioctl(self, current: Task, file: File, request: int, arg: int) -> int | None:
        """Answer an ioctl(2); None when the file knows no such request."""
        return None
