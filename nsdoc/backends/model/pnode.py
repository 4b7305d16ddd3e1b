"""How mounts and unmounts propagate.

Twin: fs/pnode.c, mount_namespaces(7) "Shared subtrees".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc import abi
from nsdoc.backends.model.dcache import is_subdir
from nsdoc.backends.model.mount import PeerGroup
from nsdoc.backends.model.namespace import copy_tree, enslave, lock_mnt_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsdoc.backends.model.dcache import Dentry
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.user_namespace import UserNamespace


def make_shared(kernel: Kernel, mnt: Mount) -> None:
    """Let a mount share its events, in a peer group of its own if it has none yet."""
    if mnt.peers is None:
        mnt.peers = PeerGroup(kernel.next_group_id())
        mnt.peers.members.append(mnt)
    mnt.unbindable = False


def make_slave(mnt: Mount) -> None:
    """Let a mount receive the events of its peers, and send none.  Twin: do_make_slave()."""
    group = mnt.peers
    if group is None:
        return
    mnt.peers = None
    group.members.remove(mnt)
    if group.members:
        _leave_master(mnt)
        enslave(mnt, group)
        return
    # The last of its group: those that received its events now receive those of its master.
    for slave in group.slaves:
        slave.master = mnt.master
        if mnt.master is not None:
            mnt.master.slaves.append(slave)


def _leave_master(mnt: Mount) -> None:
    if mnt.master is not None:
        mnt.master.slaves.remove(mnt)
        mnt.master = None


def make_private(mnt: Mount) -> None:
    """Let a mount neither send nor receive events."""
    make_slave(mnt)
    _leave_master(mnt)
    mnt.unbindable = False


def change_mnt_propagation(kernel: Kernel, mnt: Mount, kind: int) -> None:
    """Set how a mount propagates.  Twin: change_mnt_propagation()."""
    if kind == abi.MS_SHARED:
        make_shared(kernel, mnt)
    elif kind == abi.MS_SLAVE:
        make_slave(mnt)
    else:
        make_private(mnt)
        mnt.unbindable = kind == abi.MS_UNBINDABLE


def receivers(mnt: Mount) -> Iterator[Mount]:
    """Every other mount that receives the events of a mount: its peers, their slaves, and so on."""
    if mnt.peers is None:
        return
    seen = {mnt}
    groups = [mnt.peers]
    for group in groups:
        for other in (*group.members, *group.slaves):
            if other in seen:
                continue
            seen.add(other)
            yield other
            if other.peers is not None and other.peers not in groups:
                groups.append(other.peers)


def propagate_mnt(
    kernel: Kernel, dest: Mount, mountpoint: Dentry, source: Mount
) -> list[tuple[Mount, Mount]]:
    """Copies of a tree for all that receive the events of its new parent: each with where it goes.

    # R072, propagate_mnt(), mount_namespaces(7): copies for peers are peers, copies for slaves are slaves.
    """
    assert dest.peers is not None
    made: list[tuple[Mount, Mount]] = []
    _propagate_group(kernel, dest.peers, {dest}, mountpoint, source, made)
    return made


def _propagate_group(
    kernel: Kernel,
    group: PeerGroup,
    done: set[Mount],
    mountpoint: Dentry,
    source: Mount,
    made: list[tuple[Mount, Mount]],
) -> None:
    for peer in list(group.members):
        if _wants(peer, done, mountpoint):
            copy, _ = copy_tree(kernel, source, source.root)
            made.append((peer, copy))
        done.add(peer)
    for slave in list(group.slaves):
        if slave in done:
            continue
        if slave.peers is None:
            if _wants(slave, done, mountpoint):
                copy, _ = copy_tree(kernel, source, source.root, to_slave=True)
                made.append((slave, copy))
            done.add(slave)
        else:
            _propagate_slave_group(kernel, slave.peers, done, mountpoint, source, made)


def _propagate_slave_group(
    kernel: Kernel,
    group: PeerGroup,
    done: set[Mount],
    mountpoint: Dentry,
    source: Mount,
    made: list[tuple[Mount, Mount]],
) -> None:
    """A peer group that is itself a slave: the first copy is a slave and shared, the others are its peers."""
    first = next((peer for peer in group.members if _wants(peer, done, mountpoint)), None)
    if first is None:
        done.update(group.members)
        return
    copy, _ = copy_tree(kernel, source, source.root, to_slave=True)
    for mnt in copy.tree():
        make_shared(kernel, mnt)
    made.append((first, copy))
    done.add(first)
    _propagate_group(kernel, group, done, mountpoint, copy, made)


def _wants(mnt: Mount, done: set[Mount], mountpoint: Dentry) -> bool:
    """Twin: propagate_one(): mounted somewhere, and showing the place."""
    attached = mnt.ns is not None and not mnt.ns.anonymous
    return mnt not in done and attached and is_subdir(mountpoint, mnt.root)


def attach_propagated(made: list[tuple[Mount, Mount]], mountpoint: Dentry, user_ns: UserNamespace) -> None:
    """Hang the copies up.  Twin: the last loop of attach_recursive_mnt()."""
    for parent, copy in made:
        assert parent.ns is not None
        # R072, mount_namespaces(7): what comes from another user namespace is locked, but for its top.
        if parent.ns.user_ns is not user_ns:
            lock_mnt_tree(copy)
        copy.locked = False
        above = parent.mounts.get(mountpoint)
        copy.attach(parent, mountpoint)
        if above is not None:
            above.attach(copy, copy.root)
        for mnt in copy.tree():
            mnt.ns = parent.ns


def umount_candidates(victims: list[Mount]) -> list[Mount]:
    """The mounts that go with those that are unmounted, since the events of their parents reach there.

    # Twin: propagate_umount(): a copy goes if all that is mounted on it goes as well, or lies upon its root.
    """
    found: list[Mount] = []
    for victim in victims:
        assert victim.parent is not None
        for receiver in receivers(victim.parent):
            copy = receiver.mounts.get(victim.mountpoint)
            if copy is not None and copy not in victims and copy not in found:
                found.append(copy)
    while True:
        going = {*victims, *found}
        kept = [copy for copy in found if all(c in going or p is copy.root for p, c in copy.mounts.items())]
        if len(kept) == len(found):
            return kept
        found = kept
