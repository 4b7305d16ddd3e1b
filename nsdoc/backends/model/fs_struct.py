"""Where a task stands in the tree: its root directory, its working directory, its umask.

Twin: include/linux/fs_struct.h and fs/fs_struct.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.backends.model.dcache import Path
from nsdoc.backends.model.mount import traverse_mounts

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task


class FsStruct:
    """What clone(2) with CLONE_FS shares."""

    __slots__ = ("pwd", "root", "umask", "users")

    def __init__(self, root: Path, pwd: Path, umask: int) -> None:
        self.root = root
        self.pwd = pwd
        self.umask = umask
        self.users = 1

    def copy(self) -> FsStruct:
        """One of its own, with the same content."""
        return FsStruct(self.root, self.pwd, self.umask)


def current_chrooted(current: Task) -> bool:
    """Whether the root directory of the task is another than that of its mount namespace.

    # R020(c), current_chrooted().
    """
    top = current.nsproxy.mnt_ns.root
    assert top is not None
    return current.fs.root != traverse_mounts(Path(top, top.root))
