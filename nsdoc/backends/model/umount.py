"""Taking mounts away.

Twin: do_umount() and umount_tree() of fs/namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.abi import CAP_SYS_ADMIN, MNT_DETACH, MNT_EXPIRE, MNT_FORCE, UMOUNT_NOFOLLOW
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.errnos import EAGAIN, EBUSY, EINVAL, EPERM
from nsdoc.backends.model.mount import traverse_mounts
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.pnode import make_private, umount_candidates
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.sched import Task


def may_mount(current: Task) -> bool:
    """Whether the task may change its mount namespace.

    # R070, may_mount(), mount(2) EPERM: CAP_SYS_ADMIN in the user namespace that owns the mount namespace.
    """
    return ns_capable(current, current.nsproxy.mnt_ns.owner_ns(), CAP_SYS_ADMIN)


def check_mnt(current: Task, mnt: Mount) -> bool:
    """Whether a mount is in the mount namespace of the task."""
    return mnt.ns is current.nsproxy.mnt_ns


def path_mounted(place: Path) -> bool:
    """Whether a place is the root of a mount."""
    return place.dentry is place.mnt.root


def sys_umount(current: Task, target: str, flags: int = 0) -> None:
    """umount2(2).

    Raises:
        Refused: EINVAL, EPERM, EBUSY, EAGAIN, and what the walk says; in the order of ksys_umount().
    """
    # umount2(2) EINVAL: unknown flags.
    if flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW):
        raise Refused(EINVAL)
    # LOOKUP_MOUNTPOINT: what is topmost goes first, even from where the process stands.
    place = traverse_mounts(user_path(current, target, follow=not flags & UMOUNT_NOFOLLOW))
    _can_umount(current, place, flags)
    _do_umount(current, place.mnt, flags)


def _can_umount(current: Task, place: Path, flags: int) -> None:
    # R070, can_umount(), umount2(2) EPERM.
    if not may_mount(current):
        raise Refused(EPERM)
    # umount2(2) EINVAL: the target is not a mount point.
    if not path_mounted(place):
        raise Refused(EINVAL)
    # umount2(2) EINVAL: the mount is in another mount namespace.
    if not check_mnt(current, place.mnt):
        raise Refused(EINVAL)
    # R072, umount2(2) EINVAL, mount_namespaces(7): the mount is locked to what it was copied with.
    if place.mnt.locked:
        raise Refused(EINVAL)
    # umount2(2): MNT_FORCE needs CAP_SYS_ADMIN in the user namespace of the filesystem.
    if flags & MNT_FORCE and not ns_capable(current, place.mnt.sb.user_ns, CAP_SYS_ADMIN):
        raise Refused(EPERM)


def _do_umount(current: Task, mnt: Mount, flags: int) -> None:
    if flags & MNT_EXPIRE:
        _expire(current, mnt, flags)
    if mnt is current.fs.root.mnt and not flags & MNT_DETACH:
        _umount_root(current, mnt)
        return
    victims = list(mnt.tree())
    candidates = umount_candidates(victims if flags & MNT_DETACH else [mnt])
    # umount2(2) EBUSY: something is mounted below, or a process stands there or has a file open.
    if not flags & MNT_DETACH and (mnt.mounts or _busy(current.kernel, [mnt, *candidates])):
        raise Refused(EBUSY)
    umount_tree([*victims, *candidates])


def _expire(current: Task, mnt: Mount, flags: int) -> None:
    # umount2(2) EINVAL: MNT_EXPIRE goes with neither MNT_FORCE nor MNT_DETACH, nor with the root.
    if mnt is current.fs.root.mnt or flags & (MNT_FORCE | MNT_DETACH):
        raise Refused(EINVAL)
    # umount2(2) EBUSY: it is in use.
    if mnt.mounts or _busy(current.kernel, [mnt]):
        raise Refused(EBUSY)
    # umount2(2) EAGAIN: it is marked as expired; the second call takes it away.
    if not mnt.expired:
        mnt.expired = True
        raise Refused(EAGAIN)


def _umount_root(current: Task, mnt: Mount) -> None:
    # do_umount(): the root of the caller is only made read-only, by whoever owns the filesystem.
    if not ns_capable(current, mnt.sb.user_ns, CAP_SYS_ADMIN):
        raise Refused(EPERM)
    # reconfigure_super(), umount2(2) EBUSY: a file of the filesystem is open for writing.
    if open_for_writing(current.kernel, lambda other: other.sb is mnt.sb):
        raise Refused(EBUSY)
    mnt.sb.read_only = True


def open_for_writing(kernel: Kernel, wanted: Callable[[Mount], bool]) -> bool:
    """Whether a process has a file of such a mount open for writing."""
    files = (file for task in kernel.tasks if task.alive() for file in task.files.fds.values())
    return any(file.writable() and wanted(file.path.mnt) for file in files)


def _busy(kernel: Kernel, mounts: list[Mount]) -> bool:
    """Whether a process stands in one of the mounts, or has a file open there."""
    for task in kernel.tasks:
        if not task.alive():
            continue
        places = [task.fs.root, task.fs.pwd, *(file.path for file in task.files.fds.values())]
        if task.mm.exe is not None:
            places.append(task.mm.exe)
        if any(place.mnt in mounts for place in places):
            return True
    return False


def umount_tree(mounts: list[Mount]) -> None:
    """Take mounts away, with what lies upon their roots moved down.  Twin: umount_tree()."""
    going = set(mounts)
    for mnt in mounts:
        above = mnt.mounts.get(mnt.root)
        parent, mountpoint = mnt.parent, mnt.mountpoint
        assert parent is not None
        mnt.detach()
        if above is not None and above not in going:
            above.detach()
            above.attach(parent, mountpoint)
        make_private(mnt)
        mnt.ns = None
