"""Names: directory entries, and places in the tree of mounts.

Twin: fs/dcache.c and fs/d_path.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nsdoc.backends.model.inode import Inode
    from nsdoc.backends.model.mount import Mount


class Dentry:
    """A name in a directory.  The root of a filesystem is its own parent."""

    __slots__ = ("children", "inode", "name", "parent")

    def __init__(self, name: str, parent: Dentry | None, inode: Inode) -> None:
        self.name = name
        self.parent = self if parent is None else parent
        self.inode = inode
        self.children: dict[str, Dentry] = {}

    def is_root(self) -> bool:
        """Whether this is the root of its filesystem."""
        return self.parent is self

    def is_unlinked(self) -> bool:
        """Whether the name is gone, while something still holds the entry."""
        return not self.is_root() and self.parent.children.get(self.name) is not self

    def add(self, name: str, inode: Inode) -> Dentry:
        """A new name in this directory."""
        entry = self.children[name] = Dentry(name, self, inode)
        return entry


def is_subdir(inner: Dentry, outer: Dentry) -> bool:
    """Whether `inner` is `outer` or lies below it in the same filesystem.  Twin: is_subdir()."""
    while inner is not outer:
        if inner.is_root():
            return False
        inner = inner.parent
    return True


class Path(NamedTuple):
    """A place: a directory entry seen through a mount."""

    mnt: Mount
    dentry: Dentry


def d_path(path: Path, root: Path) -> tuple[str, bool]:
    """The name of a place as seen from `root`, and whether it can be reached from there.

    # d_path(), getcwd(2): what lies outside the caller's root directory starts with "(unreachable)".
    """
    names: list[str] = []
    mnt, dentry = path
    while (mnt, dentry) != root:
        if dentry is mnt.root:
            if mnt.parent is None:
                return "/" + "/".join(reversed(names)), False
            dentry, mnt = mnt.mountpoint, mnt.parent
            continue
        # prepend_path(): the directory was moved out of what its mount shows.
        if dentry.is_root():
            return "/", False
        names.append(dentry.name)
        dentry = dentry.parent
    return "/" + "/".join(reversed(names)), True
