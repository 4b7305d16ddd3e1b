"""Keys and keyrings on the live kernel."""

from __future__ import annotations

from errno import EACCES, EINVAL, ENODEV, ENOKEY, EOPNOTSUPP, EPERM

from nsdoc import fails
from nsdoc.abi import (
    CLONE_NEWUSER,
    KEY_POS_ALL,
    KEY_SPEC_PROCESS_KEYRING,
    KEY_SPEC_SESSION_KEYRING,
    KEY_SPEC_THREAD_KEYRING,
    KEY_SPEC_USER_KEYRING,
    KEY_USR_ALL,
    KEY_USR_VIEW,
    KEYCTL_CHOWN,
    KEYCTL_CLEAR,
    KEYCTL_DESCRIBE,
    KEYCTL_GET_KEYRING_ID,
    KEYCTL_JOIN_SESSION_KEYRING,
    KEYCTL_LINK,
    KEYCTL_READ,
    KEYCTL_REVOKE,
    KEYCTL_SEARCH,
    KEYCTL_SETPERM,
    KEYCTL_UNLINK,
    KEYCTL_UPDATE,
)
from nsdoc.process import Process

EKEYREVOKED = 128


def test_a_key_is_kept_and_read(alice: Process) -> None:
    """add_key() keeps a payload, keyctl() reads, updates and describes it."""
    key = alice.add_key("user", "name", "secret", KEY_SPEC_PROCESS_KEYRING)
    assert alice.keyctl(KEYCTL_READ, key) == b"secret"
    assert alice.keyctl(KEYCTL_UPDATE, key, b"other", 5) == 0
    assert alice.keyctl(KEYCTL_READ, key) == b"other"
    described = alice.keyctl(KEYCTL_DESCRIBE, key)
    assert isinstance(described, bytes)
    kind, uid, gid, _, name = described.rstrip(b"\0").split(b";")
    assert (kind, int(uid), int(gid), name) == (b"user", alice.getuid(), alice.getgid(), b"name")
    assert alice.add_key("user", "name", "again", KEY_SPEC_PROCESS_KEYRING) == key


def test_a_long_payload_is_read_whole(alice: Process) -> None:
    """A payload of any length comes back as it was."""
    payload = bytes(range(256)) * 30
    key = alice.add_key("user", "long", payload, KEY_SPEC_PROCESS_KEYRING)
    assert alice.keyctl(KEYCTL_READ, key) == payload


def test_keys_are_found_by_name(alice: Process) -> None:
    """request_key() and KEYCTL_SEARCH find a key; a name that is nowhere is ENOKEY."""
    ring = alice.keyctl(KEYCTL_JOIN_SESSION_KEYRING, None)
    key = alice.add_key("user", "findme", "x", KEY_SPEC_SESSION_KEYRING)
    assert alice.request_key("user", "findme") == key
    assert alice.keyctl(KEYCTL_SEARCH, ring, "user", "findme", 0) == key
    with fails(ENOKEY):
        alice.keyctl(KEYCTL_SEARCH, ring, "user", "missing", 0)
    with fails(ENOKEY):
        alice.request_key("user", "missing")


def test_links_hold_keys(alice: Process) -> None:
    """KEYCTL_LINK, KEYCTL_UNLINK and KEYCTL_CLEAR change what a keyring holds."""
    key = alice.add_key("user", "linked", "x", KEY_SPEC_PROCESS_KEYRING)
    ring = alice.add_key("keyring", "ring", "", KEY_SPEC_THREAD_KEYRING)
    alice.keyctl(KEYCTL_LINK, key, ring)
    assert alice.keyctl(KEYCTL_READ, ring) == key.to_bytes(4, "little")
    alice.keyctl(KEYCTL_UNLINK, key, ring)
    assert alice.keyctl(KEYCTL_READ, ring) == b""
    alice.keyctl(KEYCTL_LINK, key, ring)
    alice.keyctl(KEYCTL_CLEAR, ring)
    assert alice.keyctl(KEYCTL_READ, ring) == b""


def test_a_revoked_key_is_gone(alice: Process) -> None:
    """After KEYCTL_REVOKE the key answers nothing."""
    key = alice.add_key("user", "short", "x", KEY_SPEC_PROCESS_KEYRING)
    alice.keyctl(KEYCTL_REVOKE, key)
    with fails(EKEYREVOKED):
        alice.keyctl(KEYCTL_READ, key)


def test_permissions_of_a_key(alice: Process) -> None:
    """KEYCTL_SETPERM takes away what is then refused; KEYCTL_CHOWN needs privilege."""
    key = alice.add_key("user", "mine", "x", KEY_SPEC_PROCESS_KEYRING)
    alice.keyctl(KEYCTL_SETPERM, key, KEY_POS_ALL | KEY_USR_ALL)
    with fails(EACCES):
        alice.keyctl(KEYCTL_CHOWN, key, 4242, -1)
    alice.keyctl(KEYCTL_SETPERM, key, KEY_USR_VIEW)
    with fails(EACCES):
        alice.keyctl(KEYCTL_UPDATE, key, b"y", 1)


def test_wrong_arguments(alice: Process) -> None:
    """An unknown type is ENODEV, an unknown key ENOKEY, an unknown operation EOPNOTSUPP."""
    with fails(ENODEV):
        alice.add_key("nosuchtype", "name", "x", KEY_SPEC_PROCESS_KEYRING)
    with fails(EPERM):
        alice.add_key(".hidden", "name", "x", KEY_SPEC_PROCESS_KEYRING)
    with fails(EINVAL):
        alice.add_key("user", "name", "x", -99)
    with fails(ENOKEY):
        alice.keyctl(KEYCTL_READ, 0x7FFFFFFE)
    with fails(EOPNOTSUPP):
        alice.keyctl(4242)


def test_user_keyrings_are_those_of_the_user_namespace(alice: Process) -> None:
    """The user keyring is another one in another user namespace."""
    uid, gid = alice.getuid(), alice.getgid()
    outside = alice.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1)
    child = alice.clone(CLONE_NEWUSER, uid_map=f"{uid} {uid} 1", gid_map=f"{gid} {gid} 1")
    assert child.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1) != outside


def test_thread_keyrings_are_not_inherited(alice: Process) -> None:
    """fork() gives the child no thread keyring, and execve() takes it away."""
    alice.add_key("user", "threads-own", "x", KEY_SPEC_THREAD_KEYRING)
    child = alice.fork()
    with fails(ENOKEY):
        child.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0)
    alice.execve()
    with fails(ENOKEY):
        alice.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0)
