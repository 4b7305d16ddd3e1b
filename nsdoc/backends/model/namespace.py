"""Copying trees of mounts, and mount namespaces made of such a copy.

Twin: copy_tree(), copy_mnt_ns() and lock_mnt_tree() of fs/namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.backends.model.dcache import Path, is_subdir
from nsdoc.backends.model.mount import MntNamespace, Mount, PeerGroup
from nsdoc.backends.model.ucount import inc_ucount

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Dentry
    from nsdoc.backends.model.fs_struct import FsStruct
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace

# Flags that a less privileged mount namespace cannot clear again.
LOCKABLE: Final = abi.MS_RDONLY | abi.MS_NODEV | abi.MS_NOSUID | abi.MS_NOEXEC
ATIME: Final = abi.MS_NOATIME | abi.MS_NODIRATIME | abi.MS_RELATIME


class Copied(dict[Mount, Mount]):
    """The copies made of a tree, by their originals."""


def clone_mnt(
    kernel: Kernel, old: Mount, root: Dentry, *, to_slave: bool = False
) -> Mount:
    """A copy of one mount, showing `root`.  Twin: clone_mnt().

    # R061, mount_namespaces(7): the copy joins the peer group of the original,
    # or with `to_slave` receives its events without sending its own.
    """
    new = Mount(kernel, old.sb, root, old.flags)
    new.locked_flags = old.locked_flags
    new.source = old.source
    new.locked = old.locked
    new.unbindable = old.unbindable
    new.idmap = old.idmap
    if to_slave and old.peers is not None:
        enslave(new, old.peers)
    else:
        _share_like(new, old)
    return new


def _share_like(new: Mount, old: Mount) -> None:
    if old.peers is not None:
        new.peers = old.peers
        old.peers.members.append(new)
    if old.master is not None:
        enslave(new, old.master)


def enslave(mnt: Mount, master: PeerGroup) -> None:
    """Let a mount receive the events of a peer group."""
    mnt.master = master
    master.slaves.append(mnt)


def copy_tree(
    kernel: Kernel,
    old: Mount,
    root: Dentry,
    *,
    to_slave: bool = False,
    unbindable_too: bool = False,
    mnt_ns_files_too: bool = True,
) -> tuple[Mount, Copied]:
    """A copy of a mount and of all mounts below `root` in it.  Twin: copy_tree()."""
    new = clone_mnt(kernel, old, root, to_slave=to_slave)
    copied = Copied({old: new})
    _copy_children(kernel, old, root, copied, to_slave, unbindable_too, mnt_ns_files_too)
    return new, copied


def _copy_children(
    kernel: Kernel,
    old: Mount,
    root: Dentry,
    copied: Copied,
    to_slave: bool,
    unbindable_too: bool,
    mnt_ns_files_too: bool,
) -> None:
    for mountpoint, child in list(old.mounts.items()):
        if not is_subdir(mountpoint, root):
            continue
        if (child.unbindable and not unbindable_too) or (not mnt_ns_files_too and child.shows_mnt_ns()):
            continue
        copy = clone_mnt(kernel, child, child.root, to_slave=to_slave)
        copy.attach(copied[old], mountpoint)
        copied[child] = copy
        _copy_children(kernel, child, child.root, copied, to_slave, unbindable_too, mnt_ns_files_too)


def lock_mnt_tree(top: Mount) -> None:
    """Make what came from a more privileged mount namespace unchangeable.

    # R072, lock_mnt_tree(), mount_namespaces(7) "Restrictions on mount namespaces":
    # flags that restrict cannot be cleared, and no mount can be taken away by itself.
    """
    for mnt in top.tree():
        mnt.locked_flags = ATIME | (mnt.flags & LOCKABLE)
        mnt.locked = True


def copy_mnt_ns(current: Task, user_ns: UserNamespace, old: MntNamespace, fs: FsStruct) -> MntNamespace:
    """A new mount namespace with a copy of the old tree, and `fs` moved into it."""
    kernel = current.kernel
    assert old.root is not None
    charged = inc_ucount(kernel, user_ns, current.cred.euid, "mnt")
    new = kernel.register(MntNamespace(kernel, user_ns), charged)
    # R061, copy_mnt_ns(), mount_namespaces(7): in a less privileged mount namespace shared mounts become
    # slaves.
    foreign = user_ns is not old.user_ns
    new.root, copied = copy_tree(
        kernel, old.root, old.root.root, to_slave=foreign, unbindable_too=True, mnt_ns_files_too=False
    )
    if foreign and kernel.has("locked-mounts"):
        lock_mnt_tree(new.root)
    for mnt in copied.values():
        mnt.ns = new
    fs.root, fs.pwd = _moved(fs.root, copied), _moved(fs.pwd, copied)
    return new


def _moved(place: Path, copied: Copied) -> Path:
    """The same place in the copy of the tree; a place outside the tree stays."""
    return Path(copied.get(place.mnt, place.mnt), place.dentry)
