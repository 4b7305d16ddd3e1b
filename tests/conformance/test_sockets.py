"""Sockets: what can be made, bound, connected and sent, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from nsdoc.abi import (
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_UNIX,
    CLONE_NEWNET,
    CLONE_NEWPID,
    IPPROTO_TCP,
    MSG_DONTWAIT,
    MSG_PEEK,
    SO_MARK,
    SO_PASSCRED,
    SO_PEERCRED,
    SO_REUSEADDR,
    SO_TYPE,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from nsdoc.errors import ProcessGone
from nsdoc.process import Kernel
from tests.conformance.support import alice_of, mapped_child_of, outcome, root_of

SIGPIPE = 13
NO_ID = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("call", "args", "expected"),
    [
        ("socket", (AF_UNIX, SOCK_STREAM | 0x10000), "EINVAL"),
        ("socket", (AF_UNIX, SOCK_STREAM, 77), "EPROTONOSUPPORT"),
        ("socket", (AF_UNIX, 6), "ESOCKTNOSUPPORT"), ("socket", (AF_UNIX, SOCK_RAW), "int"),
        ("socket", (AF_UNIX, SOCK_STREAM, 1), "int"), ("socket", (999, SOCK_STREAM), "EAFNOSUPPORT"),
        ("socket", (AF_NETLINK, SOCK_STREAM), "ESOCKTNOSUPPORT"), ("socket", (AF_NETLINK, SOCK_RAW), "int"),
        ("socket", (AF_INET, SOCK_SEQPACKET), "ESOCKTNOSUPPORT"),
        ("socket", (AF_INET, SOCK_RAW), "EPROTONOSUPPORT"),
        ("socket", (AF_INET, SOCK_STREAM, 17), "EPROTONOSUPPORT"),
        ("socket", (AF_INET, SOCK_RAW, 1), "EPERM"),
        ("socket", (AF_INET, SOCK_STREAM, IPPROTO_TCP), "int"), ("socket", (AF_INET6, SOCK_DGRAM), "int"),
        ("socketpair", (AF_INET, SOCK_STREAM), "EOPNOTSUPP"),
        ("socketpair", (AF_INET, SOCK_STREAM, 77), "EPROTONOSUPPORT"),
        ("socketpair", (AF_UNIX, 6), "ESOCKTNOSUPPORT"), ("socketpair", (AF_UNIX, SOCK_SEQPACKET), "pair"),
    ],
)  # fmt: skip
def test_what_sockets_there_are(kernel: Kernel, call: str, args: tuple[int, ...], expected: str) -> None:
    """R062: families, types and protocols that do not exist, and those that need privilege."""
    got = outcome(getattr(alice_of(kernel), call), *args)
    assert {int: "int", tuple: "pair"}.get(type(got), got) == expected


@pytest.mark.parametrize(
    ("level", "option", "expected"),
    [
        (SOL_SOCKET, SO_TYPE, "ENOPROTOOPT"), (SOL_SOCKET, SO_PEERCRED, "ENOPROTOOPT"),
        (SOL_SOCKET, 9999, "ENOPROTOOPT"),
        (SOL_SOCKET, SO_PASSCRED, None), (SOL_SOCKET, SO_REUSEADDR, None), (SOL_SOCKET, SO_MARK, "EPERM"),
    ],
)  # fmt: skip
def test_options_that_are_set(kernel: Kernel, level: int, option: int, expected: str | None) -> None:
    """R062: options that only read, that do not exist, and one that needs privilege."""
    alice = alice_of(kernel)
    assert outcome(alice.setsockopt, alice.socket(AF_UNIX, SOCK_STREAM), level, option, 1) == expected


def test_options_that_are_read(kernel: Kernel) -> None:
    """R062: what was set reads back; sockets that carry no credentials do not take the option."""
    alice, root = alice_of(kernel), root_of(kernel)
    fd = alice.socket(AF_UNIX, SOCK_STREAM)
    assert alice.getsockopt(fd, SOL_SOCKET, SO_PASSCRED) == 0
    alice.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, 5)
    assert alice.getsockopt(fd, SOL_SOCKET, SO_PASSCRED) == 1
    assert alice.getsockopt(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM
    assert alice.getsockopt(fd, SOL_SOCKET, SO_PEERCRED) == (0, NO_ID, NO_ID)
    assert outcome(alice.getsockopt, fd, SOL_SOCKET, 9999) == "ENOPROTOOPT"
    mark = root.socket(AF_INET, SOCK_STREAM)
    assert root.getsockopt(mark, SOL_SOCKET, SO_MARK) == 0
    root.setsockopt(mark, SOL_SOCKET, SO_MARK, 7)
    assert root.getsockopt(mark, SOL_SOCKET, SO_MARK) == 7
    assert outcome(root.setsockopt, mark, SOL_SOCKET, SO_PASSCRED, 1) == "EOPNOTSUPP"
    assert outcome(root.getsockopt, root.open("/"), SOL_SOCKET, SO_TYPE) == "ENOTSOCK"


def test_marks_are_the_network_namespaces(kernel: Kernel) -> None:
    """R062: SO_MARK needs a capability in the owner of the network namespace."""
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNET)
    assert outcome(child.setsockopt, child.socket(AF_UNIX, SOCK_STREAM), SOL_SOCKET, SO_MARK, 1) is None
    assert isinstance(outcome(child.socket, AF_INET, SOCK_RAW, 1), int)
    sock = child.socket(AF_INET, SOCK_STREAM)
    # There are no addresses yet, so that none is wrong.
    assert outcome(child.bind, sock, ("127.0.0.1", 80)) is None
    assert outcome(child.bind, sock, ("0.0.0.0", 81)) == "EINVAL"
    other = child.socket(AF_INET, SOCK_STREAM)
    assert outcome(child.bind, other, ("0.0.0.0", 80)) == "EADDRINUSE"
    child.close(sock)
    assert outcome(child.bind, other, ("0.0.0.0", 80)) is None


def test_names_of_sockets(kernel: Kernel) -> None:
    """R095: a socket has one name, an abstract name one socket, and it is free again when that is gone."""
    alice = alice_of(kernel)
    one, other = alice.socket(AF_UNIX, SOCK_STREAM), alice.socket(AF_UNIX, SOCK_STREAM)
    alice.bind(one, "\0name")
    assert outcome(alice.bind, one, "\0other") == "EINVAL"
    assert outcome(alice.bind, other, "\0name") == "EADDRINUSE"
    alice.close(one)
    assert outcome(alice.bind, other, "\0name") is None
    alice.close(other)
    assert outcome(alice.connect, alice.socket(AF_UNIX, SOCK_STREAM), "\0name") == "ECONNREFUSED"


def test_who_listens(kernel: Kernel) -> None:
    """R095: only a socket with connections and a name listens, and only one that listens accepts."""
    alice = alice_of(kernel)
    datagrams, streams = alice.socket(AF_UNIX, SOCK_DGRAM), alice.socket(AF_UNIX, SOCK_STREAM)
    assert outcome(alice.listen, datagrams) == "EOPNOTSUPP"
    assert outcome(alice.accept, datagrams) == "EOPNOTSUPP"
    assert outcome(alice.listen, streams) == "EINVAL"
    assert outcome(alice.accept, streams) == "EINVAL"
    assert outcome(alice.listen, alice.socketpair(AF_UNIX, SOCK_STREAM)[0]) == "EINVAL"
    alice.bind(streams, "socket")
    alice.listen(streams)
    assert outcome(alice.connect, datagrams, "socket") == "EPROTOTYPE"
    client = alice.socket(AF_UNIX, SOCK_STREAM)
    assert outcome(alice.connect, client, "socket") is None
    assert outcome(alice.connect, client, "socket") == "EISCONN"
    assert outcome(alice.connect, streams, "socket") == "EINVAL"
    assert outcome(alice.connect, alice.socket(AF_UNIX, SOCK_STREAM), ("127.0.0.1", 1)) == "EINVAL"
    alice.chmod("socket", 0o600)
    bob = kernel.process(uid=1001, gid=1001)
    assert outcome(bob.connect, bob.socket(AF_UNIX, SOCK_STREAM), "socket") == "EACCES"


def test_datagrams(kernel: Kernel) -> None:
    """R095: a datagram is read whole or cut, and goes to whom the socket was connected to."""
    alice = alice_of(kernel)
    server, client = alice.socket(AF_UNIX, SOCK_DGRAM), alice.socket(AF_UNIX, SOCK_DGRAM)
    alice.bind(server, "socket")
    assert outcome(alice.sendmsg, client, "x") == "ENOTCONN"
    alice.connect(client, "socket")
    alice.sendmsg(client, "hello")
    assert alice.recvmsg(server, 3, MSG_PEEK).data == b"hel"
    assert alice.recvmsg(server, 3).data == b"hel"
    assert outcome(alice.recvmsg, server, 3, MSG_DONTWAIT) == "EAGAIN"
    alice.close(server)
    assert outcome(alice.sendmsg, client, "x") == "ECONNREFUSED"


@pytest.mark.parametrize(("kind", "before"), [(SOCK_STREAM, "EINVAL"), (SOCK_SEQPACKET, "ENOTCONN")])
def test_connections_end(kernel: Kernel, kind: int, before: str) -> None:
    """R095: what is not connected reads nothing; at the end of a connection there is nothing, then EPIPE."""
    alice = alice_of(kernel)
    assert outcome(alice.recvmsg, alice.socket(AF_UNIX, kind)) == before
    one, other = alice.socketpair(AF_UNIX, kind)
    alice.write(one, "hello")
    assert alice.read(other, 3) == b"hel"
    rest = b"lo" if kind == SOCK_STREAM else b""
    alice.setsockopt(other, SOL_SOCKET, SO_PASSCRED, 1)
    if rest:
        assert alice.read(other, 3) == rest
    alice.close(one)
    data, credentials, _ = alice.recvmsg(other)
    assert (data, credentials) == (b"", (0, 0, 0) if rest else None)
    if kind == SOCK_SEQPACKET:
        assert outcome(alice.write, other, "x") == "EPIPE"


@pytest.mark.parametrize("kind", ["pipe", "stream"])
def test_writing_to_nobody_ends(kernel: Kernel, kind: str) -> None:
    """R095: who writes where nobody reads any more is ended by SIGPIPE, but for process 1."""
    alice = alice_of(kernel)
    child, first = alice.fork(), mapped_child_of(alice, flags=CLONE_NEWPID)
    for writer in (child, first):
        one, other = writer.pipe() if kind == "pipe" else writer.socketpair(AF_UNIX, SOCK_STREAM)
        writer.close(one)
        if writer is first:
            assert outcome(writer.write, other, "x") == "EPIPE"
            continue
        with pytest.raises(ProcessGone):
            writer.write(other, "x")
        assert alice.waitpid(writer) == (writer.pid, SIGPIPE)


def test_descriptors_that_nobody_takes(kernel: Kernel) -> None:
    """R095: read(2) takes the data of a message, and lets the descriptors go."""
    alice = alice_of(kernel)
    one, other = alice.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
    alice.sendmsg(one, "x", fds=[alice.open("/")])
    assert alice.read(other, 5) == b"x"
    assert outcome(alice.read, other, 5) == "EAGAIN"
    assert outcome(alice.recvmsg, other) == "EAGAIN"


@pytest.mark.parametrize(
    ("who", "credentials", "expected"),
    [
        ("alice", ("pid", 1000, 1000), None), ("alice", ("pid", 0, 1000), "EPERM"),
        ("alice", ("pid", 1000, 0), "EPERM"),
        ("alice", (1, 1000, 1000), "EPERM"), ("root", ("pid", 5, 6), None), ("root", (1, 0, 0), None),
        ("root", (4194304, 0, 0), "ESRCH"), ("alice", ("pid", -1, 1000), "EINVAL"),
        ("alice", ("pid", 1000, -1), "EINVAL"),
    ],
)  # fmt: skip
def test_credentials_that_are_sent(kernel: Kernel, who: str, credentials: Any, expected: str | None) -> None:
    """R095: a process sends its own PID and IDs; others need privilege, and have to exist."""
    sender = root_of(kernel) if who == "root" else alice_of(kernel)
    one, _ = sender.socketpair(AF_UNIX, SOCK_STREAM)
    number, uid, gid = credentials
    given = (sender.pid if number == "pid" else number, uid, gid)
    sent = outcome(lambda: sender.sendmsg(one, "x", credentials=given))
    assert (None if sent == 1 else sent) == expected
