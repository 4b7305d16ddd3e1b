"""Keys and keyrings: what they are, and who may use them.

Twin: security/keys/key.c, permission.c and process_keys.c, keyrings(7).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.backends.model.cred import commit_creds, in_group
from nsdoc.backends.model.errnos import EACCES, EINVAL, EKEYREVOKED, ENOKEY
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import INVALID_GID, from_kuid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kgid, Kuid
    from nsdoc.backends.model.user_namespace import UserNamespace

# What is asked of a key, keyctl_setperm(3).
VIEW, READ, WRITE, SEARCH, LINK, SETATTR = (1 << bit for bit in range(6))
ALL: Final = 0x3F
_POSSESSOR, _USER, _GROUP = 24, 16, 8

KEYRING: Final = "keyring"
USER_KEYRING_PERM: Final = (ALL & ~SETATTR) << _POSSESSOR | ALL << _USER
SESSION_PERM: Final = ALL << _POSSESSOR | (VIEW | READ) << _USER
PROCESS_PERM: Final = ALL << _POSSESSOR | VIEW << _USER


class Key:
    """A key; a keyring if its type says so, and then `links` are the keys it holds."""

    __slots__ = ("description", "gid", "links", "payload", "perm", "revoked", "serial", "type", "uid")

    def __init__(self, kernel: Kernel, type: str, description: str, uid: Kuid, gid: Kgid, perm: int) -> None:
        self.serial = kernel.next_serial()
        self.type = type
        self.description = description
        self.uid = uid
        self.gid = gid
        self.perm = perm
        self.payload = b""
        self.links: list[Key] = []
        self.revoked = False
        kernel.keys[self.serial] = self


def permitted(cred: Cred, key: Key, possessed: bool, need: int) -> bool:
    """Whether credentials allow to do something with a key.

    # R095, key_task_permission(), keyrings(7) "Access rights": the filesystem IDs decide for user, group and
    # others,
    # and possession adds to that.
    """
    if key.uid == cred.fsuid:
        granted = key.perm >> _USER
    elif key.perm >> _GROUP & ALL and key.gid != INVALID_GID and in_group(cred, key.gid):
        granted = key.perm >> _GROUP
    else:
        granted = key.perm
    if possessed:
        granted |= key.perm >> _POSSESSOR
    return not need & ~granted


def possessed_keys(cred: Cred) -> Iterator[Key]:
    """The keys that a process possesses: those found from its own keyrings, keyrings(7) "Possession"."""
    found: list[Key] = []
    starts = (cred.thread_keyring, cred.process_keyring, cred.session_keyring)
    waiting = [ring for ring in starts if ring is not None]
    while waiting:
        key = waiting.pop(0)
        if key in found:
            continue
        found.append(key)
        yield key
        if key.type == KEYRING and permitted(cred, key, True, SEARCH):
            waiting.extend(key.links)


def is_possessed(cred: Cred, key: Key) -> bool:
    """Whether a process possesses a key, which its own keyrings and its permissions let it find."""
    return key in possessed_keys(cred) and permitted(cred, key, True, SEARCH)


def user_keyrings(current: Task) -> tuple[Key, Key]:
    """The user keyring and the user session keyring.

    # look_up_user_keyrings(), user-keyring(7): there is one of each for a user in a user namespace.
    """
    cred, kernel = current.cred, current.kernel
    rings = _keeper(current).user_keyrings
    if cred.uid not in rings:
        number = from_kuid(cred.user_ns, cred.uid)
        own = Key(kernel, KEYRING, f"_uid.{number}", cred.uid, INVALID_GID, USER_KEYRING_PERM)
        session = Key(kernel, KEYRING, f"_uid_ses.{number}", cred.uid, INVALID_GID, USER_KEYRING_PERM)
        session.links.append(own)
        rings[cred.uid] = (own, session)
    return rings[cred.uid]


def _keeper(current: Task) -> UserNamespace:
    """The user namespace that keeps the user keyrings.

    Before Linux 5.3 they hung on user_struct, install_user_keyrings(),
    which a user had once for the machine, and before Linux 3.5 once for each user namespace;
    at first one of the same name was found wherever it was.
    """
    kernel = current.kernel
    by_user_struct = kernel.has("keyrings-found-by-user-namespace") and not kernel.has("id-maps")
    if kernel.has("user-keyrings-per-user-namespace") or by_user_struct:
        return current.cred.user_ns
    return kernel.init_user_ns


def join_session_keyring(current: Task, name: str = "") -> Key:
    """A new session keyring for the task, or one of that name that it may search."""
    cred, kernel = current.cred, current.kernel
    ring = _named(current, name) if name else None
    if ring is None:
        ring = Key(
            kernel, KEYRING, name or "_ses", cred.uid, cred.gid, SESSION_PERM | (LINK << _USER if name else 0)
        )
        if name:
            cred.user_ns.named_keyrings.append(ring)
    commit_creds(current, replace(current.cred, session_keyring=ring))
    return ring


def _named(current: Task, name: str) -> Key | None:
    """A keyring of a name in the user namespace, that the task may search.  Twin: find_keyring_by_name()."""
    for ring in current.cred.user_ns.named_keyrings:
        if ring.description == name and not ring.revoked and permitted(current.cred, ring, False, SEARCH):
            return ring
    return None


def lookup_user_key(current: Task, number: int, create: bool, need: int) -> Key:
    """The key of an ID, or the keyring of a special one.

    Raises:
        Refused: EINVAL, ENOKEY, EKEYREVOKED, EACCES; in the order of lookup_user_key().
    """
    key = _special(current, number, create) if number < 0 else _by_serial(current, number)
    # keyctl(2) EKEYREVOKED.
    if key.revoked:
        raise Refused(EKEYREVOKED)
    possessed = number < 0 or is_possessed(current.cred, key)
    # keyctl(2) EACCES: the key does not grant what is asked.
    if need and not permitted(current.cred, key, possessed, need):
        raise Refused(EACCES)
    return key


def _by_serial(current: Task, number: int) -> Key:
    # keyctl(2) EINVAL: 0 is no ID.
    if number < 1:
        raise Refused(EINVAL)
    # keyctl(2) ENOKEY: there is no such key.
    if number not in current.kernel.keys:
        raise Refused(ENOKEY)
    return current.kernel.keys[number]


def _special(current: Task, number: int, create: bool) -> Key:
    if number == abi.KEY_SPEC_THREAD_KEYRING:
        return current.cred.thread_keyring or _install(current, "thread_keyring", "_tid", create)
    if number == abi.KEY_SPEC_PROCESS_KEYRING:
        return current.cred.process_keyring or _install(current, "process_keyring", "_pid", create)
    if number == abi.KEY_SPEC_SESSION_KEYRING:
        return _session(current, create)
    if number == abi.KEY_SPEC_USER_KEYRING:
        return user_keyrings(current)[0]
    if number == abi.KEY_SPEC_USER_SESSION_KEYRING:
        return user_keyrings(current)[1]
    # keyctl(2) EINVAL: there is no such special keyring.
    raise Refused(EINVAL)


def _install(current: Task, where: str, name: str, create: bool) -> Key:
    # keyctl(2) ENOKEY: the keyring does not exist, and shall not be made.
    if not create:
        raise Refused(ENOKEY)
    cred = current.cred
    ring = Key(current.kernel, KEYRING, name, cred.uid, cred.gid, PROCESS_PERM)
    changed = {where: ring}
    commit_creds(current, replace(cred, **changed))  # type: ignore[arg-type]  # the two fields of this type
    return ring


def _session(current: Task, create: bool) -> Key:
    """session-keyring(7): who has none gets the user session keyring, or a new one to add to."""
    ring, shared = current.cred.session_keyring, user_keyrings(current)[1]
    if ring is not None and not (create and ring is shared):
        return ring
    if create:
        return join_session_keyring(current)
    commit_creds(current, replace(current.cred, session_keyring=shared))
    return shared
