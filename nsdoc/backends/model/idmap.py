"""Idmapped mounts: file IDs as one mount shows them.

Twin: fs/mnt_idmapping.c and include/linux/mnt_idmapping.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nsdoc.backends.model.uidgid import (
    INVALID,
    Gid,
    Kgid,
    Kuid,
    Uid,
    from_kgid,
    from_kuid,
    make_kgid,
    make_kuid,
    map_id_range_down,
    map_id_up,
)

if TYPE_CHECKING:
    from nsdoc.backends.model.inode import Inode
    from nsdoc.backends.model.uidgid import IdMap
    from nsdoc.backends.model.user_namespace import UserNamespace


class Vfsids(NamedTuple):
    """The owner and the group of a file as a mount shows them; what permission checks compare."""

    uid: Kuid
    gid: Kgid


class Idmap(NamedTuple):
    """The maps of a mount, taken from a user namespace when mount_setattr(2) was called."""

    uid_map: IdMap
    gid_map: IdMap


def vfsids(idmap: Idmap | None, inode: Inode) -> Vfsids:
    """The IDs of an inode through a mount.

    # R080, make_vfsuid(), mount_setattr(2) "ID-mapped mounts": the ID that the filesystem keeps
    # is looked up in the map of the mount.
    """
    uid, gid = inode.ids()
    if idmap is None:
        return Vfsids(uid, gid)
    fs_ns = inode.sb.user_ns
    return Vfsids(
        vfs_kuid(idmap, fs_ns, uid), Kgid(map_id_range_down(idmap.gid_map, from_kgid(fs_ns, gid), 1))
    )


def vfs_kuid(idmap: Idmap | None, fs_ns: UserNamespace, uid: Kuid) -> Kuid:
    """A user ID that a filesystem stores, as a mount shows it, or INVALID_UID.  Twin: make_vfsuid()."""
    if idmap is None:
        return uid
    return Kuid(map_id_range_down(idmap.uid_map, from_kuid(fs_ns, uid), 1))


def fs_kuid(idmap: Idmap | None, fs_ns: UserNamespace, uid: Kuid) -> Kuid:
    """The ID to store for a user ID seen through a mount, or INVALID_UID.  Twin: from_vfsuid()."""
    if idmap is None:
        return uid
    return make_kuid(fs_ns, Uid(map_id_up(idmap.uid_map, uid)))


def fs_kgid(idmap: Idmap | None, fs_ns: UserNamespace, gid: Kgid) -> Kgid:
    """The ID to store for a group ID seen through a mount, or INVALID_GID.  Twin: from_vfsgid()."""
    if idmap is None:
        return gid
    return make_kgid(fs_ns, Gid(map_id_up(idmap.gid_map, gid)))


def has_unmapped_id(ids: Vfsids) -> bool:
    """Whether a file has an owner or group that the filesystem or the mount cannot express."""
    return ids.uid == INVALID or ids.gid == INVALID
