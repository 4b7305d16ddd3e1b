"""IDs as one user namespace sees them, and IDs as the kernel compares them.

An ID that a process passes or receives is a `Uid`, a `Gid` or a `Projid` and means something in one user
namespace only.
The kernel translates it at once to a `Kuid`, a `Kgid` or a `Kprojid`, which is the ID in the initial user
namespace.
Only these are stored and only these are compared.
The six are distinct types, so that a checker finds the comparison that would be wrong.

Twin: include/linux/uidgid.h and the first half of kernel/user_namespace.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from nsdoc.backends.model.user_namespace import UserNamespace

Uid = NewType("Uid", int)
Gid = NewType("Gid", int)
Projid = NewType("Projid", int)
Kuid = NewType("Kuid", int)
Kgid = NewType("Kgid", int)
Kprojid = NewType("Kprojid", int)

# R004: "(uid_t) -1 is never a valid ID": it says "no ID" and "leave this one alone".
INVALID: Final = 0xFFFFFFFF
INVALID_UID: Final = Kuid(INVALID)
INVALID_GID: Final = Kgid(INVALID)
GLOBAL_ROOT_UID: Final = Kuid(0)
GLOBAL_ROOT_GID: Final = Kgid(0)

# R004: a project ID without a mapping always reads as this number; no sysctl changes it.


@dataclass(frozen=True, slots=True)
class Extent:
    """One line of a map: `count` IDs from `first` inside stand for those from `lower_first` outside."""

    first: int
    lower_first: int
    count: int


@dataclass(frozen=True, slots=True)
class IdMap:
    """All lines of a map; empty until it is written.

    `reverse` is what the kernel looks up from outside to inside.
    It equals `extents` but for one release's defect (see `sort_idmaps` in `id_map`).
    """

    extents: tuple[Extent, ...] = ()
    reverse: tuple[Extent, ...] = ()


IDENTITY: Final = IdMap((Extent(0, 0, INVALID),), (Extent(0, 0, INVALID),))


def map_id_range_down(id_map: IdMap, first: int, count: int) -> int:
    """The outside number of `first`, if one line holds all `count` numbers; otherwise INVALID.

    # R003, map_id_range_down(): a range that lies across two lines has no mapping,
    # even where the two lines adjoin.
    """
    last = first + count - 1
    for extent in id_map.extents:
        if extent.first <= first and last < extent.first + extent.count:
            return extent.lower_first + first - extent.first
    return INVALID


def map_id_up(id_map: IdMap, number: int) -> int:
    """The inside number of an outside one, or INVALID.  R003, map_id_up()."""
    for extent in id_map.reverse:
        if extent.lower_first <= number < extent.lower_first + extent.count:
            return extent.first + number - extent.lower_first
    return INVALID


def make_kuid(ns: UserNamespace, uid: Uid) -> Kuid:
    """The user ID that `uid` of `ns` is, or INVALID_UID.  R004, make_kuid()."""
    return Kuid(map_id_range_down(ns.uid_map, uid, 1))


def make_kgid(ns: UserNamespace, gid: Gid) -> Kgid:
    """The group ID that `gid` of `ns` is, or INVALID_GID.  R004, make_kgid()."""
    return Kgid(map_id_range_down(ns.gid_map, gid, 1))


def from_kuid(ns: UserNamespace, kuid: Kuid) -> Uid:
    """What `ns` calls a user ID, or INVALID.  R004, from_kuid()."""
    return Uid(map_id_up(ns.uid_map, kuid))


def from_kgid(ns: UserNamespace, kgid: Kgid) -> Gid:
    """What `ns` calls a group ID, or INVALID.  R004, from_kgid()."""
    return Gid(map_id_up(ns.gid_map, kgid))


def from_kuid_munged(ns: UserNamespace, kuid: Kuid) -> Uid:
    """What a process in `ns` reads for a user ID: its number, or the overflow user ID.

    # R004, from_kuid_munged(), user_namespaces(7): an unmapped user ID is converted
    # to the overflow user ID of /proc/sys/kernel/overflowuid.
    """
    uid = from_kuid(ns, kuid)
    return ns.overflow.uid if uid == INVALID else uid


def from_kgid_munged(ns: UserNamespace, kgid: Kgid) -> Gid:
    """What a process in `ns` reads for a group ID: its number, or the overflow group ID.  R004."""
    gid = from_kgid(ns, kgid)
    return ns.overflow.gid if gid == INVALID else gid


def kuid_has_mapping(ns: UserNamespace, kuid: Kuid) -> bool:
    """Whether `ns` has a number for a user ID.  R004, kuid_has_mapping()."""
    return from_kuid(ns, kuid) != INVALID


def kgid_has_mapping(ns: UserNamespace, kgid: Kgid) -> bool:
    """Whether `ns` has a number for a group ID.  R004, kgid_has_mapping()."""
    return from_kgid(ns, kgid) != INVALID


def uid_arg(number: int) -> Uid:
    """A user ID as a system call receives it: 32 bits without sign, so that -1 is INVALID."""
    return Uid(number & INVALID)


def gid_arg(number: int) -> Gid:
    """A group ID as a system call receives it."""
    return Gid(number & INVALID)


@dataclass(slots=True)
class OverflowIds:
    """The sysctls kernel.overflowuid and kernel.overflowgid, one pair for the whole machine."""

    uid: Uid = Uid(65534)
    gid: Gid = Gid(65534)
