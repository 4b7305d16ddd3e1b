"""The files uid_map, gid_map, projid_map and setgroups of /proc/PID.

Twin: map_write(), new_idmap_permitted() and proc_setgroups_write() of kernel/user_namespace.c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SETFCAP, CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN
from nsdoc.backends.model.capability import file_ns_capable, ns_capable
from nsdoc.backends.model.errnos import EINVAL, EPERM
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import (
    INVALID,
    Extent,
    Gid,
    IdMap,
    Uid,
    make_kgid,
    make_kuid,
    map_id_range_down,
    map_id_up,
)

if TYPE_CHECKING:
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace

PAGE_SIZE: Final = 4096
MAX_BASE_EXTENTS: Final = 5
MAX_EXTENTS: Final = 340
_SETGROUPS_MAX: Final = 8

# isspace() of the kernel, without the newline that ends a line.
_SPACES: Final = " \t\v\f\r\xa0"
_LINE: Final = re.compile(rf"[{_SPACES}]*(\d*)[{_SPACES}]+(\d*)[{_SPACES}]+(\d*)[{_SPACES}]*", re.ASCII)
_WORD: Final = re.compile(rf"(allow|deny)[{_SPACES}\n]*")


@dataclass(frozen=True, slots=True)
class MapKind:
    """One of the three kinds of map: the capability that it takes, and where a user namespace keeps it."""

    name: str
    cap: int | None

    def of(self, ns: UserNamespace) -> IdMap:
        """The map of this kind."""
        if self.name == "uid":
            return ns.uid_map
        return ns.gid_map if self.name == "gid" else ns.projid_map

    def install(self, ns: UserNamespace, id_map: IdMap) -> None:
        """Set the map of this kind."""
        if self.name == "uid":
            ns.uid_map = id_map
        elif self.name == "gid":
            ns.gid_map = id_map
        else:
            ns.projid_map = id_map


UID: Final = MapKind("uid", CAP_SETUID)
GID: Final = MapKind("gid", CAP_SETGID)
PROJID: Final = MapKind("projid", None)


def show_map(file: File, ns: UserNamespace, kind: MapKind) -> str:
    """What a map file reads as.

    # R055, uid_m_show(), user_namespaces(7): the second field is a number in the user namespace of the one
    # who
    # opened the file, or in its parent if that is the namespace the map belongs to.
    """
    viewer = file.cred.user_ns
    if viewer is ns and ns.parent is not None:
        viewer = ns.parent
    lines = []
    for extent in kind.of(ns).extents:
        lower = map_id_up(kind.of(viewer), extent.lower_first)
        lines.append(f"{extent.first:10} {lower:10} {extent.count:10}\n")
    return "".join(lines)


def write_map(current: Task, file: File, ns: UserNamespace, kind: MapKind, data: bytes, offset: int) -> int:
    """Set a map: how many bytes were taken, which is all.

    Raises:
        Refused: EPERM or EINVAL; in the order of R051 and R052.
    """
    # R051, proc_uid_map_write(): the initial user namespace has its map for ever.
    if ns.parent is None:
        raise Refused(EPERM)
    # R051, user_namespaces(7): the writing process must be in the user namespace or in its parent.
    if file.cred.user_ns is not ns and file.cred.user_ns is not ns.parent:
        raise Refused(EPERM)
    # R052(1), map_write(), user_namespaces(7): the write starts at the beginning and is shorter than a page.
    if offset != 0 or len(data) >= PAGE_SIZE:
        raise Refused(EINVAL)
    # R052(3), user_namespaces(7): a map is written once.
    if kind.of(ns).extents:
        raise Refused(EPERM)
    # R052(4): whoever opened the file has CAP_SYS_ADMIN over the user namespace.
    if kind.cap is not None and not file_ns_capable(current, file, ns, CAP_SYS_ADMIN):
        raise Refused(EPERM)
    extents = parse_map(current.kernel, data)
    # R052(7), user_namespaces(7): the writer may map these IDs.
    if not new_idmap_permitted(current, file, ns, kind, extents):
        raise Refused(EPERM)
    kind.install(ns, _translated(current.kernel, kind.of(ns.parent), extents))
    return len(data)


def parse_map(kernel: Kernel, data: bytes) -> tuple[Extent, ...]:
    """The lines of a map.

    Raises:
        Refused: EINVAL, as R053 says.
    """
    # R053: what follows a NUL is not looked at.
    text = data.split(b"\0", 1)[0].decode("latin-1")
    lines = text.removesuffix("\n").split("\n")
    limit = MAX_EXTENTS if kernel.has("more-extents") else MAX_BASE_EXTENTS
    extents: list[Extent] = []
    for line in lines:
        # R053, user_namespaces(7) EINVAL: there are more lines than a map can hold.
        if len(extents) == limit:
            raise Refused(EINVAL)
        extents.append(_parse_line(line, extents))
        # R053, user_namespaces(7): before Linux 3.9 the ranges had to ascend, inside and outside.
        if not kernel.has("maps-in-any-order") and not _ascending(extents):
            raise Refused(EINVAL)
    return tuple(extents)


def _ascending(extents: list[Extent]) -> bool:
    if len(extents) == 1:
        return True
    last, new = extents[-2:]
    return last.first + last.count <= new.first and last.lower_first + last.count <= new.lower_first


def _parse_line(line: str, earlier: list[Extent]) -> Extent:
    match = _LINE.fullmatch(line)
    # R053, user_namespaces(7) EINVAL: a line is three decimal numbers with white space between them.
    if match is None:
        raise Refused(EINVAL)
    # R053: the numbers have 32 bits; a longer one loses the bits above.
    first, lower, count = (int(field or "0") & INVALID for field in match.groups())
    # R053: 4294967295 is not an ID.
    if INVALID in (first, lower):
        raise Refused(EINVAL)
    # R053, user_namespaces(7) EINVAL: the length is greater than 0, and no range goes past the last number.
    if first + count & INVALID <= first or lower + count & INVALID <= lower:
        raise Refused(EINVAL)
    new = Extent(first, lower, count)
    # R053, mappings_overlap(), user_namespaces(7) EINVAL: no ID is in two ranges, inside or outside.
    if any(_overlap(new, old) for old in earlier):
        raise Refused(EINVAL)
    return new


def _overlap(new: Extent, old: Extent) -> bool:
    inside = new.first < old.first + old.count and old.first < new.first + new.count
    outside = new.lower_first < old.lower_first + old.count and old.lower_first < new.lower_first + new.count
    return inside or outside


def new_idmap_permitted(
    current: Task,
    file: File,
    ns: UserNamespace,
    kind: MapKind,
    extents: tuple[Extent, ...],
) -> bool:
    """Whether the one who opened the file, and the one who writes, may map these IDs.

    R054, new_idmap_permitted(), user_namespaces(7) "Defining user and group ID mappings".
    """
    kernel = current.kernel
    # R054(a): user ID 0 of the parent is mapped only by who could also give files capabilities there.
    if kind is UID and kernel.has("setfcap-for-root-map") and not verify_root_map(current, file, ns, extents):
        return False
    # R054(b): one's own ID alone needs no privilege.
    if _maps_own_id(current, file, ns, kind, extents):
        return True
    # R054(c): project IDs need no privilege.
    if kind.cap is None:
        return True
    assert ns.parent is not None
    # R054(d): anything else needs CAP_SETUID or CAP_SETGID in the parent user namespace,
    # of the writer and of whoever opened the file.
    return ns_capable(current, ns.parent, kind.cap) and file_ns_capable(current, file, ns.parent, kind.cap)


def verify_root_map(current: Task, file: File, ns: UserNamespace, extents: tuple[Extent, ...]) -> bool:
    """Whether user ID 0 of the parent may be mapped, if it shall be.  R054(a), verify_root_map()."""
    if all(extent.lower_first for extent in extents):
        return True
    # R054(a), user_namespaces(7): a process that maps its own user namespace must have had CAP_SETFCAP when
    # it made it.
    if file.cred.user_ns is ns:
        return ns.parent_could_setfcap
    assert ns.parent is not None
    # R054(a): a process in the parent user namespace must have CAP_SETFCAP there.
    return file_ns_capable(current, file, ns.parent, CAP_SETFCAP)


def _maps_own_id(
    current: Task,
    file: File,
    ns: UserNamespace,
    kind: MapKind,
    extents: tuple[Extent, ...],
) -> bool:
    kernel = current.kernel
    assert ns.parent is not None
    # R054(b): one line of length 1.
    if len(extents) != 1 or extents[0].count != 1:
        return False
    # R054(b): by the effective user ID that owns the user namespace.
    if kernel.has("own-id-map-is-the-creators") and ns.owner != file.cred.euid:
        return False
    lower = extents[0].lower_first
    if kind is UID:
        own = file.cred.euid if kernel.has("own-id-map-is-the-creators") else current.cred.fsuid
        return make_kuid(ns.parent, Uid(lower)) == own
    if kind is GID:
        # R054(b): and for groups, with setgroups(2) given up.
        if kernel.has("gid-map-needs-deny") and ns.setgroups_allowed:
            return False
        own_gid = file.cred.egid if kernel.has("gid-map-needs-deny") else current.cred.fsgid
        return make_kgid(ns.parent, Gid(lower)) == own_gid
    return False


def _translated(kernel: Kernel, parent: IdMap, extents: tuple[Extent, ...]) -> IdMap:
    """The map with IDs of the initial user namespace in place of those of the parent."""
    translated = []
    for extent in extents:
        lower = map_id_range_down(parent, extent.lower_first, extent.count)
        # R052(8), user_namespaces(7): the IDs must be mapped in the parent, each line within one line of its
        # map.
        if lower == INVALID:
            raise Refused(EPERM)
        translated.append(Extent(extent.first, lower, extent.count))
    # From Linux 4.15 to 4.19 the way back forgot to translate where a map had more than five lines.
    broken = len(extents) > MAX_BASE_EXTENTS and not kernel.has("reverse-map-is-translated")
    return IdMap(tuple(translated), extents if broken else tuple(translated))


def show_setgroups(ns: UserNamespace) -> str:
    """What /proc/PID/setgroups reads as.  R056, proc_setgroups_show()."""
    return "allow\n" if ns.setgroups_allowed else "deny\n"


def write_setgroups(ns: UserNamespace, data: bytes, offset: int) -> int:
    """Allow or deny setgroups(2) in a user namespace.

    Raises:
        Refused: EINVAL or EPERM; in the order of R056.
    """
    # R056(1), proc_setgroups_write(): the write starts at the beginning and is shorter than eight bytes.
    if offset != 0 or len(data) >= _SETGROUPS_MAX:
        raise Refused(EINVAL)
    match = _WORD.fullmatch(data.split(b"\0", 1)[0].decode("latin-1"))
    # R056(3), user_namespaces(7): the word is "allow" or "deny".
    if match is None:
        raise Refused(EINVAL)
    if match[1] == "allow":
        # R056(4), user_namespaces(7): what was denied cannot be allowed again.
        if not ns.setgroups_allowed:
            raise Refused(EPERM)
    else:
        # R056(4), user_namespaces(7): nothing can be denied after gid_map has been written.
        if ns.gid_map.extents:
            raise Refused(EPERM)
        ns.setgroups_allowed = False
    return len(data)
