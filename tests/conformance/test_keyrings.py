"""Keys and keyrings: who may do what with them, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from nsdoc.abi import (
    KEY_OTH_VIEW,
    KEY_POS_ALL,
    KEY_SPEC_PROCESS_KEYRING,
    KEY_SPEC_SESSION_KEYRING,
    KEY_SPEC_THREAD_KEYRING,
    KEY_SPEC_USER_KEYRING,
    KEY_SPEC_USER_SESSION_KEYRING,
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
from nsdoc.process import Kernel
from tests.conformance.support import alice_of, mapped_child_of, outcome, root_of

RING = KEY_SPEC_PROCESS_KEYRING
# keyctl_setperm(3).
POS_WRITE, POS_SETATTR, GRP_READ = 0x04000000, 0x20000000, 0x200


@pytest.mark.parametrize(
    ("type", "name", "payload", "expected"),
    [
        ("user", "k", "", "EINVAL"), ("user", "k", "x" * 32768, "EINVAL"), ("keyring", "k", "x", "EINVAL"),
        ("logon", "k", "x", "EINVAL"), ("logon", ":k", "x", "EINVAL"), ("logon", "a:k", "x", "int"),
        ("nosuch", "k", "x", "ENODEV"), (".x", "k", "x", "EPERM"), ("keyring", ".k", "", "EPERM"),
    ],
)  # fmt: skip
def test_what_can_be_added(kernel: Kernel, type: str, name: str, payload: str, expected: str) -> None:
    """R095: a key has a payload and a keyring has none; names with a dot are the kernel's."""
    got = outcome(alice_of(kernel).add_key, type, name, payload, RING)
    assert ("int" if isinstance(got, int) else got) == expected


def test_a_key_is_no_keyring(kernel: Kernel) -> None:
    """R095: what holds no keys is ENOTDIR; a keyring cannot hold itself, and lets go only what it holds."""
    alice = alice_of(kernel)
    key = alice.add_key("user", "key", "x", RING)
    outer = alice.add_key("keyring", "outer", "", RING)
    inner = alice.add_key("keyring", "inner", "", outer)
    assert outcome(alice.add_key, "user", "other", "x", key) == "ENOTDIR"
    assert outcome(alice.keyctl, KEYCTL_CLEAR, key) == "ENOTDIR"
    assert outcome(alice.keyctl, KEYCTL_LINK, key, key) == "ENOTDIR"
    assert outcome(alice.keyctl, KEYCTL_LINK, outer, outer) == "EDEADLK"
    assert outcome(alice.keyctl, KEYCTL_LINK, outer, inner) == "EDEADLK"
    assert outcome(alice.keyctl, KEYCTL_UNLINK, key, inner) == "ENOENT"
    assert outcome(alice.keyctl, KEYCTL_LINK, key, inner) == 0
    assert outcome(alice.keyctl, KEYCTL_LINK, key, inner) == 0
    assert outcome(alice.keyctl, KEYCTL_READ, inner) == key.to_bytes(4, "little")
    assert outcome(alice.keyctl, KEYCTL_UPDATE, inner, b"x", 1) == "EOPNOTSUPP"
    assert outcome(alice.keyctl, KEYCTL_UPDATE, key, b"", 0) == "EINVAL"


@pytest.mark.parametrize(
    ("operation", "args", "expected"),
    [
        (KEYCTL_READ, (0,), "ENOKEY"), (KEYCTL_READ, (-99,), "ENOKEY"),
        (KEYCTL_READ, (0x7FFFFFFE,), "ENOKEY"),
        (KEYCTL_CLEAR, (0,), "EINVAL"), (KEYCTL_CLEAR, (-99,), "EINVAL"),
        (KEYCTL_GET_KEYRING_ID, (KEY_SPEC_THREAD_KEYRING, 0), "ENOKEY"),
        (KEYCTL_GET_KEYRING_ID, (KEY_SPEC_PROCESS_KEYRING, 0), "ENOKEY"),
        (KEYCTL_GET_KEYRING_ID, (KEY_SPEC_PROCESS_KEYRING, 1), "int"),
        (KEYCTL_GET_KEYRING_ID, (KEY_SPEC_USER_KEYRING, 0), "int"),
        (KEYCTL_GET_KEYRING_ID, (KEY_SPEC_USER_SESSION_KEYRING, 0), "int"),
        (KEYCTL_JOIN_SESSION_KEYRING, (".x",), "EPERM"), (KEYCTL_SETPERM, (RING, 0x40000000), "EINVAL"),
        (4242, (), "EOPNOTSUPP"),
    ],
)  # fmt: skip
def test_what_is_no_key(kernel: Kernel, operation: int, args: tuple[Any, ...], expected: str) -> None:
    """R095: numbers that are no key, special keyrings that are not there, operations that do not exist."""
    got = outcome(alice_of(kernel).keyctl, operation, *args)
    assert ("int" if isinstance(got, int) else got) == expected


def test_requests(kernel: Kernel) -> None:
    """R095: a key that is found is linked where it is asked for; a type that does not exist finds none."""
    alice = alice_of(kernel)
    alice.keyctl(KEYCTL_JOIN_SESSION_KEYRING, None)
    key = alice.add_key("user", "key", "x", KEY_SPEC_SESSION_KEYRING)
    ring = alice.add_key("keyring", "ring", "", RING)
    assert outcome(alice.request_key, ".x", "key") == "EPERM"
    assert outcome(alice.request_key, "nosuch", "key") == "ENOKEY"
    assert outcome(alice.request_key, "user", "key", ring) == key
    assert alice.keyctl(KEYCTL_READ, ring) == key.to_bytes(4, "little")
    other = alice.add_key("keyring", "other", "", RING)
    assert alice.keyctl(KEYCTL_SEARCH, ring, "user", "key", other) == key
    assert alice.keyctl(KEYCTL_READ, other) == key.to_bytes(4, "little")
    assert outcome(alice.keyctl, KEYCTL_SEARCH, ring, "user", "nosuch", 0) == "ENOKEY"


def test_rights_of_a_key(kernel: Kernel) -> None:
    """R095: a key grants to its possessor and to its owner only what its permissions say."""
    alice = alice_of(kernel)
    key = alice.add_key("user", "key", "x", RING)
    alice.keyctl(KEYCTL_SETPERM, key, KEY_POS_ALL & ~(POS_WRITE | POS_SETATTR) | KEY_USR_VIEW)
    assert outcome(alice.add_key, "user", "key", "y", RING) == "EACCES"
    assert outcome(alice.keyctl, KEYCTL_REVOKE, key) == "EACCES"
    assert outcome(alice.keyctl, KEYCTL_SETPERM, key, KEY_POS_ALL) == "EACCES"
    other = alice.add_key("user", "other", "x", RING)
    alice.keyctl(KEYCTL_SETPERM, other, KEY_POS_ALL & ~POS_WRITE)
    assert outcome(alice.keyctl, KEYCTL_REVOKE, other) == 0
    secret = alice.add_key("logon", "a:secret", "x", RING)
    assert outcome(alice.keyctl, KEYCTL_READ, secret) in ("EACCES", "EOPNOTSUPP")
    third = alice.add_key("user", "third", "x", RING)
    alice.keyctl(KEYCTL_SETPERM, third, 0)
    assert outcome(alice.keyctl, KEYCTL_READ, third) == "EACCES"
    assert outcome(alice.keyctl, KEYCTL_DESCRIBE, third) == "EACCES"


def test_keys_of_others(kernel: Kernel) -> None:
    """R095: who does not possess a key has the rights of its user, its group, or of others."""
    alice = alice_of(kernel)
    key = alice.add_key("user", "key", "x", RING)
    same, member = alice_of(kernel), kernel.process(uid=1001, gid=1000)
    bob = kernel.process(uid=1001, gid=1001)
    assert outcome(same.keyctl, KEYCTL_READ, key) == "EACCES"
    alice.keyctl(KEYCTL_SETPERM, key, KEY_POS_ALL | KEY_USR_ALL | GRP_READ | KEY_OTH_VIEW)
    assert outcome(same.keyctl, KEYCTL_READ, key) == b"x"
    assert outcome(member.keyctl, KEYCTL_READ, key) == b"x"
    assert outcome(member.keyctl, KEYCTL_DESCRIBE, key) == "EACCES"
    assert outcome(bob.keyctl, KEYCTL_READ, key) == "EACCES"
    assert isinstance(outcome(bob.keyctl, KEYCTL_DESCRIBE, key), bytes)
    alice.keyctl(KEYCTL_SETPERM, key, KEY_POS_ALL | 0x3F)
    assert outcome(bob.keyctl, KEYCTL_SETPERM, key, KEY_POS_ALL) == "EACCES"


def test_owners_of_keys(kernel: Kernel) -> None:
    """R095: only CAP_SYS_ADMIN gives keys away; an ID without a mapping is EINVAL."""
    root, alice = root_of(kernel), kernel.process(uid=1000, gid=1000, groups=[2000])
    key = alice.add_key("user", "key", "x", RING)
    assert outcome(alice.keyctl, KEYCTL_CHOWN, key, -1, 2000) == 0
    assert outcome(alice.keyctl, KEYCTL_CHOWN, key, -1, 3000) == "EACCES"
    assert outcome(alice.keyctl, KEYCTL_CHOWN, key, 1001, -1) == "EACCES"
    child = mapped_child_of(alice)
    own = child.add_key("user", "key", "x", RING)
    assert outcome(child.keyctl, KEYCTL_CHOWN, own, 5, -1) == "EINVAL"
    assert outcome(child.keyctl, KEYCTL_CHOWN, own, -1, 5) == "EINVAL"
    mine = root.add_key("user", "key", "x", RING)
    root.keyctl(KEYCTL_SETPERM, mine, KEY_POS_ALL | KEY_USR_ALL)
    assert outcome(root.keyctl, KEYCTL_CHOWN, mine, 1000, 1000) == 0
    assert outcome(root.keyctl, KEYCTL_SETPERM, mine, KEY_POS_ALL | KEY_USR_ALL) == 0
    assert outcome(alice.keyctl, KEYCTL_READ, mine) == b"x"


def test_session_keyrings(kernel: Kernel) -> None:
    """R095: who has no session keyring uses that of the user, and gets a new one to add to."""
    alice = alice_of(kernel)
    shared = alice.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING, 0)
    alice.keyctl(KEYCTL_JOIN_SESSION_KEYRING, "mine")
    first = alice.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)
    assert first != shared
    seen = [alice.keyctl(KEYCTL_DESCRIBE, first), alice.keyctl(KEYCTL_DESCRIBE, shared)]
    anonymous = alice.keyctl(KEYCTL_JOIN_SESSION_KEYRING, None)
    seen.append(alice.keyctl(KEYCTL_DESCRIBE, anonymous))
    assert seen == [
        b"keyring;1000;1000;3f130000;mine\0",
        b"keyring;1000;65534;1f3f0000;_uid_ses.1000\0",
        b"keyring;1000;1000;3f030000;_ses\0",
    ]
    ring = alice.keyctl(KEYCTL_JOIN_SESSION_KEYRING, "named")
    alice.keyctl(KEYCTL_SETPERM, ring, KEY_POS_ALL | KEY_USR_ALL)
    assert alice_of(kernel).keyctl(KEYCTL_JOIN_SESSION_KEYRING, "named") == ring


def test_a_keyring_that_is_met_twice(kernel: Kernel) -> None:
    """R095: a search comes by each keyring once."""
    alice = alice_of(kernel)
    alice.keyctl(KEYCTL_JOIN_SESSION_KEYRING, None)
    ring = alice.add_key("keyring", "ring", "", KEY_SPEC_SESSION_KEYRING)
    alice.keyctl(KEYCTL_LINK, ring, RING)
    key = alice.add_key("user", "key", "x", ring)
    assert alice.request_key("user", "key") == key
    assert alice.keyctl(KEYCTL_READ, key) == b"x"
