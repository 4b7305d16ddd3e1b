"""May a task read, write or search a file?

Twin: the first part of fs/namei.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, MS_RDONLY, S_ISVTX
from nsdoc.backends.model.capability import (
    capable,
    capable_wrt_inode_uidgid,
    ids_can_be_equal,
    ns_capable,
)
from nsdoc.backends.model.cred import in_group
from nsdoc.backends.model.errnos import EACCES, ENOENT, EOVERFLOW, EPERM, EROFS
from nsdoc.backends.model.idmap import fs_kgid, fs_kuid, has_unmapped_id, vfsids
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import kgid_has_mapping, kuid_has_mapping

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Dentry, Path
    from nsdoc.backends.model.idmap import Vfsids
    from nsdoc.backends.model.inode import Inode
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.sched import Task

MAY_EXEC: Final = abi.X_OK
MAY_WRITE: Final = abi.W_OK
MAY_READ: Final = abi.R_OK
_ANY_EXEC: Final = 0o111


def inode_permission(current: Task, path: Path, mask: int) -> None:
    """Whether the task may access a file.

    Raises:
        Refused: EROFS, EACCES; in the order of inode_permission().
    """
    inode = path.dentry.inode
    ids = vfsids(path.mnt.idmap, inode)
    if mask & MAY_WRITE:
        # sb_permission(): the filesystem itself is read-only.
        if inode.sb.read_only and not inode.is_special():
            raise Refused(EROFS)
        # inode_permission(): nobody writes to an immutable file.
        if inode.is_immutable():
            raise Refused(EPERM)
        # R074, inode_permission(): a file whose owner or group the filesystem cannot express is not written
        # to.
        if has_unmapped_id(ids) and current.kernel.has("unmapped-ids-are-refused"):
            raise Refused(EACCES)
    if not inode.permission(current, mask) and not generic_permission(current, inode, ids, mask):
        raise Refused(EACCES)


def generic_permission(current: Task, inode: Inode, ids: Vfsids, mask: int) -> bool:
    """R080, generic_permission(), path_resolution(7) "Permissions"."""
    # R080: the mode bits of the owner, the group or the others decide first.
    if not mask & ~_granted(current, inode, ids):
        return True
    if inode.is_dir():
        # R080, capabilities(7): CAP_DAC_READ_SEARCH passes reading and searching of directories.
        if not mask & MAY_WRITE and capable_wrt_inode_uidgid(current, ids, CAP_DAC_READ_SEARCH):
            return True
        return capable_wrt_inode_uidgid(current, ids, CAP_DAC_OVERRIDE)
    # R080: CAP_DAC_READ_SEARCH passes reading of files.
    if mask == MAY_READ and capable_wrt_inode_uidgid(current, ids, CAP_DAC_READ_SEARCH):
        return True
    # R080: CAP_DAC_OVERRIDE passes all, but executing a file for which nobody has the permission.
    if mask & MAY_EXEC and not inode.mode & _ANY_EXEC:
        return False
    return capable_wrt_inode_uidgid(current, ids, CAP_DAC_OVERRIDE)


def _granted(current: Task, inode: Inode, ids: Vfsids) -> int:
    """R080, acl_permission_check(): the bits of the class that the task is in; the first that fits, only
    that one."""
    if not ids_can_be_equal(current, current.kernel.init_user_ns):
        return inode.mode & 7
    if ids.uid == current.cred.fsuid:
        return inode.mode >> 6 & 7
    if in_group(current.cred, ids.gid):
        return inode.mode >> 3 & 7
    return inode.mode & 7


def mnt_want_write(mnt: Mount) -> None:
    """Whether anything can be written through a mount.

    Raises:
        Refused: EROFS.
    """
    # mount(2) MS_RDONLY, of the mount or of the whole filesystem.
    if mnt.flags & MS_RDONLY or mnt.sb.read_only:
        raise Refused(EROFS)


def may_create(current: Task, directory: Path) -> None:
    """Whether the task may make a name in a directory.

    Raises:
        Refused: ENOENT, EOVERFLOW, EACCES; in the order of may_create().
    """
    # The directory itself was removed.
    if directory.dentry.is_unlinked():
        raise Refused(ENOENT)
    # R074, fsuidgid_has_mapping(), user_namespaces(7): the new file's owner and group must be known to the
    # filesystem.
    if not fsuidgid_has_mapping(current, directory.mnt):
        raise Refused(EOVERFLOW)
    inode_permission(current, directory, MAY_WRITE | MAY_EXEC)


def fsuidgid_has_mapping(current: Task, mnt: Mount) -> bool:
    """R074, fsuidgid_has_mapping(): the filesystem IDs of the task exist in the mount and in the
    filesystem."""
    if not current.kernel.has("unmapped-ids-are-refused"):
        return True
    fs_ns = mnt.sb.user_ns
    uid = fs_kuid(mnt.idmap, fs_ns, current.cred.fsuid)
    gid = fs_kgid(mnt.idmap, fs_ns, current.cred.fsgid)
    return kuid_has_mapping(fs_ns, uid) and kgid_has_mapping(fs_ns, gid)


def may_delete(current: Task, directory: Path, victim: Dentry) -> None:
    """Whether the task may remove a name from a directory.

    Raises:
        Refused: EACCES, EPERM; in the order of may_delete().
    """
    ids = vfsids(directory.mnt.idmap, victim.inode)
    # R074, may_delete(), unlink(2): a file whose owner or group cannot be expressed is not removed.
    if has_unmapped_id(ids) and current.kernel.has("unmapped-ids-are-refused"):
        raise Refused(EOVERFLOW)
    inode_permission(current, directory, MAY_WRITE | MAY_EXEC)
    # R080, check_sticky(), unlink(2) EPERM: in a sticky directory only the owner of the file or of the
    # directory
    # may remove a name, or who has CAP_FOWNER over the file.
    if check_sticky(current, directory, ids):
        raise Refused(EPERM)


def check_sticky(current: Task, directory: Path, ids: Vfsids) -> bool:
    """Whether the sticky bit of a directory forbids to remove a file.  R080, __check_sticky()."""
    inode = directory.dentry.inode
    if not inode.mode & S_ISVTX:
        return False
    owner = vfsids(directory.mnt.idmap, inode).uid
    if current.cred.fsuid in (ids.uid, owner) and ids_can_be_equal(current, current.kernel.init_user_ns):
        return False
    return not capable_wrt_inode_uidgid(current, ids, CAP_FOWNER)


def inode_owner_or_capable(current: Task, place: Path) -> bool:
    """Whether the task owns a file, or has CAP_FOWNER over it.

    # R081, inode_owner_or_capable(): the capability needs only the owner to have a mapping.
    """
    owner = vfsids(place.mnt.idmap, place.dentry.inode).uid
    if current.cred.fsuid == owner and ids_can_be_equal(current, current.kernel.init_user_ns):
        return True
    if not current.kernel.has("id-maps"):
        return capable(current, CAP_FOWNER)
    ns = current.cred.user_ns
    return kuid_has_mapping(ns, owner) and ns_capable(current, ns, CAP_FOWNER)
