"""File capabilities: how they are stored, and for whom they count.

Twin: the second part of security/commoncap.c.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SETFCAP
from nsdoc.backends.model.attr import XATTR_CAPS
from nsdoc.backends.model.capability import capable_wrt_inode_uidgid, ns_capable
from nsdoc.backends.model.errnos import EINVAL, EOVERFLOW, EPERM
from nsdoc.backends.model.idmap import fs_kuid, vfs_kuid, vfsids
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import INVALID, Uid, from_kuid, make_kuid
from nsdoc.backends.model.user_namespace import UserNamespace

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kuid

# The attribute: a revision with flags, two times permitted and inheritable, and from revision 3 on a user ID.
_V2: Final = struct.Struct("<5I")
_V3: Final = struct.Struct("<6I")
_REVISION_MASK: Final = 0xFF000000
_REVISION_2: Final = 0x02000000
_REVISION_3: Final = 0x03000000
_EFFECTIVE: Final = 1


@dataclass(frozen=True, slots=True)
class FileCaps:
    """The capabilities of a file.  `rootid` is the user ID 0 they are for, as the filesystem stores it."""

    permitted: int
    inheritable: int
    effective: bool
    rootid: int
    revision: int

    def pack(self, revision: int, rootid: int = 0) -> bytes:
        """The attribute in a revision."""
        magic = revision | (_EFFECTIVE if self.effective else 0)
        low, high = self.permitted & INVALID, self.permitted >> 32
        inh_low, inh_high = self.inheritable & INVALID, self.inheritable >> 32
        words = (magic, low, inh_low, high, inh_high)
        return _V2.pack(*words) if revision == _REVISION_2 else _V3.pack(*words, rootid)


def unpack(value: bytes) -> FileCaps:
    """What an attribute says.

    Raises:
        Refused: EINVAL, it is of no known form.
    """
    magic = struct.unpack_from("<I", value)[0] if len(value) >= _V2.size else 0
    revision = magic & _REVISION_MASK
    # R082, validheader(): the length fits the revision.
    if (len(value), revision) not in ((_V2.size, _REVISION_2), (_V3.size, _REVISION_3)):
        raise Refused(EINVAL)
    _, low, inh_low, high, inh_high = _V2.unpack_from(value)
    rootid = struct.unpack_from("<I", value, _V2.size)[0] if revision == _REVISION_3 else 0
    return FileCaps(low | high << 32, inh_low | inh_high << 32, bool(magic & _EFFECTIVE), rootid, revision)


def cap_convert_nscap(current: Task, place: Path, value: bytes) -> bytes:
    """The attribute as it is stored, for one that a task sets.

    Raises:
        Refused: EINVAL or EPERM; in the order of R082.
    """
    caps = unpack(value)
    kernel, inode = current.kernel, place.dentry.inode
    idmap, fs_ns, mine = place.mnt.idmap, inode.sb.user_ns, current.cred.user_ns
    # R082, cap_convert_nscap(), capabilities(7): setting file capabilities needs CAP_SETFCAP over the file.
    if not capable_wrt_inode_uidgid(current, vfsids(idmap, inode), CAP_SETFCAP):
        raise Refused(EPERM)
    # setxattr() before Linux 4.14.
    if not kernel.has("namespaced-file-capabilities"):
        return _old_setxattr(current, fs_ns, caps, value)
    # R082, capabilities(7): privileged in the user namespace of the filesystem, one stores what one gave.
    if caps.revision == _REVISION_2 and idmap is None and ns_capable(current, fs_ns, CAP_SETFCAP):
        return value
    kroot = make_kuid(mine, Uid(caps.rootid))
    # R082: the root user ID has no mapping in the caller's user namespace.
    if kroot == INVALID:
        raise Refused(EINVAL)
    stored = from_kuid(fs_ns, fs_kuid(idmap, fs_ns, kroot))
    # R082: the filesystem cannot store the root user ID.
    if stored == INVALID:
        raise Refused(EINVAL)
    # R082, capabilities(7): otherwise revision 3 is stored, with user ID 0 of the caller's user namespace.
    return caps.pack(_REVISION_3, stored)


def _old_setxattr(current: Task, fs_ns: UserNamespace, caps: FileCaps, value: bytes) -> bytes:
    """Before Linux 4.14 only root of the initial user namespace gave capabilities to files."""
    if caps.revision != _REVISION_2:
        raise Refused(EINVAL)
    if not ns_capable(current, current.kernel.init_user_ns, CAP_SETFCAP):
        raise Refused(EPERM)
    return value


def rootid_owns_currentns(ns: UserNamespace | None, kroot: Kuid) -> bool:
    """Whether a user ID is 0 in a user namespace or in one above it.  R082, R086."""
    while ns is not None:
        if from_kuid(ns, kroot) == 0:
            return True
        ns = ns.parent
    return False


def cap_inode_getsecurity(current: Task, place: Path, value: bytes) -> bytes:
    """The attribute as a task reads it.

    Raises:
        Refused: EOVERFLOW, as R082 says.
    """
    if not current.kernel.has("namespaced-file-capabilities"):
        return value
    caps = unpack(value)
    fs_ns, mine = place.dentry.inode.sb.user_ns, current.cred.user_ns
    kroot = vfs_kuid(place.mnt.idmap, fs_ns, make_kuid(fs_ns, Uid(caps.rootid)))
    mapped = from_kuid(mine, kroot)
    # R082, cap_inode_getsecurity(), capabilities(7): a root user ID that is not 0 here is shown, translated.
    if mapped not in (INVALID, 0):
        return caps.pack(_REVISION_3, mapped)
    # R082: one that is 0 neither here nor above cannot be shown.
    if not rootid_owns_currentns(mine, kroot):
        raise Refused(EOVERFLOW)
    return caps.pack(_REVISION_2)


def get_vfs_caps_from_disk(current: Task, place: Path) -> FileCaps | None:
    """The capabilities of a program as far as they count for the task; None for none.

    # R086, get_vfs_caps_from_disk(), capabilities(7): they count if the root user ID is 0
    # in the user namespace of the task or in one above.
    """
    inode = place.dentry.inode
    value = inode.xattrs.get(XATTR_CAPS)
    if value is None:
        return None
    caps = unpack(value)
    fs_ns = inode.sb.user_ns
    kroot = vfs_kuid(place.mnt.idmap, fs_ns, make_kuid(fs_ns, Uid(caps.rootid)))
    if kroot == INVALID or not rootid_owns_currentns(current.cred.user_ns, kroot):
        return None
    return caps
