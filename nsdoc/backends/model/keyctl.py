"""add_key(2), request_key(2) and keyctl(2).

Twin: security/keys/keyctl.c and keyring.c.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SYS_ADMIN
from nsdoc.backends.model.capability import capable
from nsdoc.backends.model.cred import in_group
from nsdoc.backends.model.errnos import (
    EACCES,
    EDEADLK,
    EDQUOT,
    EINVAL,
    ENODEV,
    ENOENT,
    ENOKEY,
    ENOTDIR,
    EOPNOTSUPP,
    EPERM,
)
from nsdoc.backends.model.keys import (
    KEYRING,
    LINK,
    READ,
    SEARCH,
    SETATTR,
    VIEW,
    WRITE,
    Key,
    is_possessed,
    join_session_keyring,
    lookup_user_key,
    permitted,
    possessed_keys,
)
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import (
    GLOBAL_ROOT_UID,
    INVALID,
    from_kgid_munged,
    from_kuid_munged,
    gid_arg,
    make_kgid,
    make_kuid,
    uid_arg,
)
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nsdoc.backends.model.sched import Task

_MOST_PAYLOAD: Final = 32767
_PERM_MASK: Final = 0x3F3F3F3F
_TYPES: Final = ("user", "logon", KEYRING)
# Types that exist on many kernels and are not modelled.
_OTHER_TYPES: Final = ("big_key", "encrypted", "trusted", "asymmetric", "dns_resolver", "rxrpc")


def sys_add_key(current: Task, type: str, description: str, payload: bytes, keyring: int) -> int:
    """The ID of a key that was made or updated.  add_key(2).

    Raises:
        Refused: EPERM, EINVAL, ENODEV, ENOKEY, EACCES, ENOTDIR, EDQUOT.
    """
    # add_key(2) EPERM: such names are the kernel's own.
    if type.startswith(".") or (type == KEYRING and description.startswith(".")):
        raise Refused(EPERM)
    ring = lookup_user_key(current, keyring, True, WRITE)
    _check_key(type, description, payload)
    _must_be_keyring(ring)
    old = _held(ring, type, description)
    if old is not None and type != KEYRING:
        # key_create_or_update(), add_key(2) EACCES: the key that is there cannot be written to.
        if not permitted(current.cred, old, True, WRITE):
            raise Refused(EACCES)
        old.payload = payload
        return old.serial
    _check_quota(current)
    key = Key(current.kernel, type, description, current.cred.fsuid, current.cred.fsgid, _new_perm(type))
    key.payload = payload
    _link(ring, key)
    return key.serial


def _check_quota(current: Task) -> None:
    """R095, key_alloc(), keyrings(7): user 0 of the initial user namespace has a limit of its own."""
    owner, sysctl = current.cred.fsuid, current.kernel.sysctl
    limit = sysctl.root_maxkeys if owner == GLOBAL_ROOT_UID else sysctl.maxkeys
    # add_key(2) EDQUOT: the user has as many keys as it may have.
    if sum(key.uid == owner for key in current.kernel.keys.values()) >= limit:
        raise Refused(EDQUOT)


def _check_key(type: str, description: str, payload: bytes) -> None:
    if type in _OTHER_TYPES:
        raise Unavailable(f"keys of type {type} are not modelled")
    # add_key(2) ENODEV: there is no such type.
    if type not in _TYPES:
        raise Refused(ENODEV)
    # add_key(2) EINVAL: a keyring has no payload, another key has one.
    if (type == KEYRING) == bool(payload) or len(payload) > _MOST_PAYLOAD:
        raise Refused(EINVAL)
    # keyrings(7) EINVAL: the description of a logon key begins with a name and a colon.
    if type == "logon" and description.find(":") < 1:
        raise Refused(EINVAL)


def _new_perm(type: str) -> int:
    possessor = VIEW | SEARCH | LINK | SETATTR | WRITE | (0 if type == "logon" else READ)
    return possessor << 24 | VIEW << 16


def _must_be_keyring(key: Key) -> None:
    # keyctl(2) ENOTDIR: it is no keyring.
    if key.type != KEYRING:
        raise Refused(ENOTDIR)


def _held(ring: Key, type: str, description: str) -> Key | None:
    return next((key for key in ring.links if (key.type, key.description) == (type, description)), None)


def _link(ring: Key, key: Key) -> None:
    """Put a key into a keyring, in the place of one of the same name."""
    old = _held(ring, key.type, key.description)
    if old is not None:
        ring.links.remove(old)
    ring.links.append(key)


def _found(current: Task, type: str, description: str) -> Key | None:
    for key in possessed_keys(current.cred):
        if (key.type, key.description) == (type, description) and permitted(current.cred, key, True, SEARCH):
            return key
    return None


def sys_request_key(current: Task, type: str, description: str, keyring: int = 0) -> int:
    """The ID of a key that the process possesses.  request_key(2) without a call-out."""
    # request_key(2) EPERM.
    if type.startswith("."):
        raise Refused(EPERM)
    ring = lookup_user_key(current, keyring, True, WRITE) if keyring else None
    if type not in _TYPES:
        raise Refused(ENOKEY)
    key = _found(current, type, description)
    # request_key(2) ENOKEY: none was found.
    if key is None:
        raise Refused(ENOKEY)
    if ring is not None:
        _link(ring, key)
    return key.serial


def sys_keyctl(current: Task, operation: int, *args: int | str | bytes | None) -> int | bytes:
    """keyctl(2).

    Raises:
        Refused: as keyctl(2) says.
        Unavailable: the operation is not modelled.
    """
    function = _OPERATIONS.get(operation)
    if function is None:
        # keyctl(2) EOPNOTSUPP: there is no such operation.
        if not 0 <= operation <= 32:
            raise Refused(EOPNOTSUPP)
        raise Unavailable(f"keyctl() with operation {operation} is not modelled")
    wanted: int = function.__code__.co_argcount - 1
    return function(current, *(*args, 0, 0, 0, 0)[:wanted])


def _get_keyring_id(current: Task, number: int, create: int) -> int:
    return lookup_user_key(current, number, bool(create), SEARCH).serial


def _join_session(current: Task, name: str | int | None) -> int:
    text = name if isinstance(name, str) else ""
    # keyctl_join_session_keyring(3) EPERM: such names are the kernel's own.
    if text.startswith("."):
        raise Refused(EPERM)
    return join_session_keyring(current, text).serial


def _update(current: Task, number: int, payload: bytes) -> int:
    key = lookup_user_key(current, number, False, WRITE)
    # keyctl_update(3) EOPNOTSUPP: keys of this type are not updated.
    if key.type == KEYRING:
        raise Refused(EOPNOTSUPP)
    # keyctl_update(3) EINVAL: a payload is missing.
    if not payload:
        raise Refused(EINVAL)
    key.payload = payload
    return 0


def _revoke(current: Task, number: int) -> int:
    try:
        key = lookup_user_key(current, number, False, WRITE)
    except Refused as refused:
        # keyctl_revoke(3): permission to change the attributes will do.
        if refused.errno != EACCES:
            raise
        key = lookup_user_key(current, number, False, SETATTR)
    key.revoked = True
    return 0


def _chown(current: Task, number: int, uid: int, gid: int) -> int:
    ns = current.cred.user_ns
    kuid, kgid = make_kuid(ns, uid_arg(uid)), make_kgid(ns, gid_arg(gid))
    # R095, keyctl_chown_key(), EINVAL: an ID has no mapping in the caller's user namespace.
    if (uid_arg(uid) != INVALID and kuid == INVALID) or (gid_arg(gid) != INVALID and kgid == INVALID):
        raise Refused(EINVAL)
    key = lookup_user_key(current, number, True, SETATTR)
    new_uid = key.uid if uid_arg(uid) == INVALID else kuid
    new_gid = key.gid if gid_arg(gid) == INVALID else kgid
    privileged = capable(current, CAP_SYS_ADMIN)
    # keyctl_chown(3) EACCES: only who has CAP_SYS_ADMIN gives a key away.
    if not privileged and (
        new_uid != key.uid or (new_gid != key.gid and not in_group(current.cred, new_gid))
    ):
        raise Refused(EACCES)
    key.uid, key.gid = new_uid, new_gid
    return 0


def _setperm(current: Task, number: int, perm: int) -> int:
    # keyctl_setperm(3) EINVAL: there are no such permissions.
    if perm & ~_PERM_MASK:
        raise Refused(EINVAL)
    key = lookup_user_key(current, number, True, SETATTR)
    # keyctl_setperm(3) EACCES: the key belongs to somebody else.
    if key.uid != current.cred.fsuid and not capable(current, CAP_SYS_ADMIN):
        raise Refused(EACCES)
    key.perm = perm
    return 0


def _describe(current: Task, number: int) -> bytes:
    key = lookup_user_key(current, number, False, VIEW)
    ns = current.cred.user_ns
    # R004, keyctl_describe_key(): IDs as the caller's user namespace sees them.
    uid, gid = from_kuid_munged(ns, key.uid), from_kgid_munged(ns, key.gid)
    return f"{key.type};{uid};{gid};{key.perm:08x};{key.description}".encode() + b"\0"


def _clear(current: Task, number: int) -> int:
    ring = lookup_user_key(current, number, True, WRITE)
    _must_be_keyring(ring)
    ring.links.clear()
    return 0


def _link_call(current: Task, number: int, keyring: int) -> int:
    ring = lookup_user_key(current, keyring, True, WRITE)
    key = lookup_user_key(current, number, True, LINK)
    _must_be_keyring(ring)
    # keyctl_link(3) EDEADLK: the keyring would hold itself.
    if key is ring or ring in _below(key):
        raise Refused(EDEADLK)
    _link(ring, key)
    return 0


def _below(key: Key) -> list[Key]:
    found = list(key.links)
    for inner in found:
        found.extend(link for link in inner.links if link not in found)
    return found


def _unlink(current: Task, number: int, keyring: int) -> int:
    ring = lookup_user_key(current, keyring, False, WRITE)
    key = lookup_user_key(current, number, False, 0)
    _must_be_keyring(ring)
    # keyctl_unlink(3) ENOENT: the key is not in the keyring.
    if key not in ring.links:
        raise Refused(ENOENT)
    ring.links.remove(key)
    return 0


def _search(current: Task, keyring: int, type: str, description: str, destination: int) -> int:
    ring = lookup_user_key(current, keyring, False, SEARCH)
    _must_be_keyring(ring)
    into = lookup_user_key(current, destination, True, WRITE) if destination else None
    wanted = (type, description)
    for key in [*ring.links, *_below(ring)]:
        if (key.type, key.description) == wanted and not key.revoked:
            if into is not None:
                _link(into, key)
            return key.serial
    # keyctl_search(3) ENOKEY: none was found.
    raise Refused(ENOKEY)


def _read(current: Task, number: int) -> bytes:
    try:
        key = lookup_user_key(current, number, False, 0)
    except Refused as refused:
        # keyctl_read_key(), ENOKEY: whatever is wrong with the number.
        raise Refused(ENOKEY if refused.errno == EINVAL else refused.errno) from None
    possessed = is_possessed(current.cred, key) or number < 0
    # keyctl_read(3) EACCES: neither readable nor possessed with permission to search.
    if not permitted(current.cred, key, possessed, READ) and not possessed:
        raise Refused(EACCES)
    # keyctl_read(3) EOPNOTSUPP: keys of this type are not read.
    if key.type == "logon":
        raise Refused(EOPNOTSUPP)
    if key.type == KEYRING:
        return b"".join(struct.pack("<i", link.serial) for link in key.links)
    return key.payload


_OPERATIONS: Final[Mapping[int, Callable[..., int | bytes]]] = {
    abi.KEYCTL_GET_KEYRING_ID: _get_keyring_id,
    abi.KEYCTL_JOIN_SESSION_KEYRING: _join_session,
    abi.KEYCTL_UPDATE: _update,
    abi.KEYCTL_REVOKE: _revoke,
    abi.KEYCTL_CHOWN: _chown,
    abi.KEYCTL_SETPERM: _setperm,
    abi.KEYCTL_DESCRIBE: _describe,
    abi.KEYCTL_CLEAR: _clear,
    abi.KEYCTL_LINK: _link_call,
    abi.KEYCTL_UNLINK: _unlink,
    abi.KEYCTL_SEARCH: _search,
    abi.KEYCTL_READ: _read,
}
