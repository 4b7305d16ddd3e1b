"""Mounts: what makes one tree of many filesystems.

Twin: fs/mount.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.abi import CLONE_NEWNS
from nsdoc.backends.model.dcache import Path
from nsdoc.backends.model.ns_common import Namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsdoc.backends.model.dcache import Dentry
    from nsdoc.backends.model.idmap import Idmap
    from nsdoc.backends.model.inode import Superblock
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.user_namespace import UserNamespace


class MntNamespace(Namespace):
    """A mount namespace: a tree of mounts.  `root` is None in the one that holds a detached mount."""

    kind = "mnt"
    clone_flag = CLONE_NEWNS

    def __init__(self, kernel: Kernel, user_ns: UserNamespace) -> None:
        super().__init__(kernel, user_ns)
        self.root: Mount | None = None
        self.anonymous = False


class Mount:
    """A filesystem, or a part of one, at a place in the tree.

    `flags` are ``MS_*`` flags; `locked_flags` are those of them that cannot be cleared,
    and `locked` says that the mount cannot be taken from what it covers.
    `peers` is the peer group it shares mount events with, `master` the one it receives them from.
    """

    __slots__ = (
        "expired",
        "flags",
        "idmap",
        "locked",
        "locked_flags",
        "master",
        "mnt_id",
        "mountpoint",
        "mounts",
        "ns",
        "parent",
        "peers",
        "root",
        "sb",
        "source",
        "unbindable",
    )

    def __init__(self, kernel: Kernel, sb: Superblock, root: Dentry, flags: int = 0) -> None:
        self.mnt_id = kernel.next_mnt_id()
        self.sb = sb
        self.root = root
        self.flags = flags
        self.source = "none"
        self.locked_flags = 0
        self.locked = False
        self.parent: Mount | None = None
        self.mountpoint: Dentry = root
        self.mounts: dict[Dentry, Mount] = {}
        self.ns: MntNamespace | None = None
        self.peers: PeerGroup | None = None
        self.master: PeerGroup | None = None
        self.unbindable = False
        # Marked by umount2(2) with MNT_EXPIRE.
        self.expired = False
        self.idmap: Idmap | None = None

    def attach(self, parent: Mount, mountpoint: Dentry) -> None:
        """Hang this mount on a place."""
        self.parent, self.mountpoint = parent, mountpoint
        parent.mounts[mountpoint] = self

    def detach(self) -> None:
        """Take this mount from its place."""
        if self.parent is not None:
            del self.parent.mounts[self.mountpoint]
        self.parent, self.mountpoint = None, self.root

    def shows_mnt_ns(self) -> bool:
        """Whether this is a mount of a mount namespace, which a copy of a tree leaves out."""
        return isinstance(getattr(self.root.inode, "ns", None), MntNamespace)

    def tree(self) -> Iterator[Mount]:
        """This mount and all below it, parents first."""
        yield self
        for child in list(self.mounts.values()):
            yield from child.tree()


class PeerGroup:
    """Mounts that propagate mount events to one another, and to those that have the group as their master."""

    __slots__ = ("group_id", "members", "slaves")

    def __init__(self, group_id: int) -> None:
        self.group_id = group_id
        self.members: list[Mount] = []
        self.slaves: list[Mount] = []


def traverse_mounts(path: Path) -> Path:
    """What is really at a place: the root of the topmost mount there.  Twin: traverse_mounts()."""
    mnt, dentry = path
    while dentry in mnt.mounts:
        mnt = mnt.mounts[dentry]
        dentry = mnt.root
    return Path(mnt, dentry)
