"""Sockets on the live kernel, with the credentials and descriptors that messages carry."""

from __future__ import annotations

from errno import (
    EACCES,
    EADDRINUSE,
    EAFNOSUPPORT,
    EAGAIN,
    EBADF,
    ECONNREFUSED,
    EINVAL,
    ENOENT,
    ENOPROTOOPT,
    ENOTCONN,
    ENOTSOCK,
    EPERM,
)

from nsdoc import fails
from nsdoc.abi import (
    AF_INET,
    AF_NETLINK,
    AF_UNIX,
    CLONE_NEWNET,
    CLONE_NEWUSER,
    MSG_DONTWAIT,
    MSG_PEEK,
    SO_MARK,
    SO_PASSCRED,
    SO_PEERCRED,
    SO_TYPE,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from nsdoc.process import Process

NOBODY = 65534


def test_a_server_and_a_client(alice: Process, room: str) -> None:
    """socket(), bind(), listen(), connect() and accept() make a connection by path."""
    alice.chdir(room)
    server = alice.socket(AF_UNIX, SOCK_STREAM)
    alice.bind(server, "socket")
    alice.listen(server)
    client = alice.fork()
    fd = client.socket(AF_UNIX, SOCK_STREAM)
    client.connect(fd, "socket")
    connection = alice.accept(server)
    client.write(fd, "hello")
    assert alice.read(connection) == b"hello"
    peer = (client.pid, client.getuid(), client.getgid())
    assert alice.getsockopt(connection, SOL_SOCKET, SO_PEERCRED) == peer
    with fails(EADDRINUSE):
        alice.bind(alice.socket(AF_UNIX, SOCK_STREAM), "socket")
    with fails(EINVAL):
        alice.accept(connection)
    with fails(ENOTSOCK):
        alice.listen(alice.open("/"))


def test_connecting_to_nobody(alice: Process, room: str) -> None:
    """A path without a socket, and a socket without a listener, refuse a client."""
    alice.chdir(room)
    fd = alice.socket(AF_UNIX, SOCK_STREAM)
    with fails(ENOENT):
        alice.connect(fd, "missing")
    alice.bind(alice.socket(AF_UNIX, SOCK_STREAM), "deaf")
    with fails(ECONNREFUSED):
        alice.connect(fd, "deaf")
    with fails(EAFNOSUPPORT):
        alice.socket(77, SOCK_STREAM)
    with fails(EBADF):
        alice.bind(77, "other")


def test_options(alice: Process) -> None:
    """setsockopt() and getsockopt() take and give numbers."""
    fd, _ = alice.socketpair(AF_UNIX, SOCK_DGRAM)
    assert alice.getsockopt(fd, SOL_SOCKET, SO_PASSCRED) == 0
    alice.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, 1)
    assert alice.getsockopt(fd, SOL_SOCKET, SO_PASSCRED) == 1
    assert alice.getsockopt(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM
    with fails(ENOPROTOOPT):
        alice.setsockopt(fd, SOL_SOCKET, 9999, 1)
    with fails(ENOPROTOOPT):
        alice.getsockopt(fd, SOL_SOCKET, 9999)
    with fails(EPERM):
        alice.setsockopt(fd, SOL_SOCKET, SO_MARK, 1)


def test_credentials_come_along(alice: Process) -> None:
    """With SO_PASSCRED a message tells the sender's PID and IDs."""
    mine, theirs = alice.socketpair(AF_UNIX, SOCK_SEQPACKET)
    child = alice.fork()
    child.sendmsg(theirs, "before")
    assert alice.recvmsg(mine) == (b"before", None, ())
    alice.setsockopt(mine, SOL_SOCKET, SO_PASSCRED, 1)
    assert child.sendmsg(theirs, "after") == 5
    got = alice.recvmsg(mine)
    assert got.data == b"after"
    assert got.credentials == (child.pid, child.getuid(), child.getgid())


def test_credentials_are_translated(inner: Process, alice: Process) -> None:
    """The IDs that arrive are those of the receiver's user namespace, and none but one's own can be sent."""
    mine, theirs = alice.socketpair(AF_UNIX, SOCK_DGRAM)
    alice.setsockopt(mine, SOL_SOCKET, SO_PASSCRED, 1)
    alice.setsockopt(theirs, SOL_SOCKET, SO_PASSCRED, 1)
    uid, gid = alice.getuid(), alice.getgid()
    child = alice.clone(CLONE_NEWUSER, uid_map=f"7 {uid} 1", gid_map=f"8 {gid} 1")
    child.sendmsg(theirs, "up", credentials=(child.pid, 7, 8))
    assert alice.recvmsg(mine).credentials == (child.pid, uid, gid)
    alice.sendmsg(mine, "down")
    assert child.recvmsg(theirs).credentials == (alice.pid, 7, 8)
    with fails(EINVAL):
        child.sendmsg(theirs, "x", credentials=(child.pid, 9, 8))
    with fails(EPERM):
        alice.sendmsg(mine, "x", credentials=(alice.pid, 9, gid))


def test_unmapped_senders_read_as_the_overflow_id(alice: Process) -> None:
    """A sender whose IDs the receiver's user namespace does not map has the overflow IDs."""
    mine, theirs = alice.socketpair(AF_UNIX, SOCK_DGRAM)
    child = alice.clone(CLONE_NEWUSER)
    child.setsockopt(theirs, SOL_SOCKET, SO_PASSCRED, 1)
    alice.sendmsg(mine, "x")
    assert child.recvmsg(theirs).credentials == (alice.pid, NOBODY, NOBODY)


def test_root_sends_what_it_likes(root: Process) -> None:
    """With the right capabilities a message can carry other credentials."""
    mine, theirs = root.socketpair(AF_UNIX, SOCK_DGRAM)
    root.setsockopt(mine, SOL_SOCKET, SO_PASSCRED, 1)
    root.sendmsg(theirs, "x", credentials=(1, 42, 43))
    assert root.recvmsg(mine).credentials == (1, 42, 43)


def test_descriptors_come_along(alice: Process, room: str) -> None:
    """SCM_RIGHTS passes open files, which are new descriptors of the receiver."""
    mine, theirs = alice.socketpair(AF_UNIX, SOCK_STREAM)
    child = alice.fork()
    child.chdir(room)
    child.write("file", "content")
    fds = [child.open("file"), child.open("/")]
    child.sendmsg(theirs, "two", fds=fds)
    data, credentials, got = alice.recvmsg(mine)
    assert (data, credentials, len(got)) == (b"two", None, 2)
    assert alice.read(got[0]) == b"content"
    assert alice.fstat(got[1]).st_ino == alice.stat("/").st_ino
    with fails(EBADF):
        child.sendmsg(theirs, "bad", fds=[77])


def test_the_most_descriptors_come_along(alice: Process) -> None:
    """All 253 descriptors that one message can take arrive, and one more is refused."""
    mine, theirs = alice.socketpair(AF_UNIX, SOCK_STREAM)
    alice.sendmsg(theirs, "many", fds=[mine] * 253)
    assert len(alice.recvmsg(mine).fds) == 253
    with fails(EINVAL):
        alice.sendmsg(theirs, "too many", fds=[mine] * 254)


def test_flags_of_messages(alice: Process) -> None:
    """MSG_DONTWAIT does not wait and MSG_PEEK does not take."""
    one, other = alice.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
    with fails(EAGAIN):
        alice.recvmsg(one)
    with fails(EAGAIN):
        alice.recvmsg(one, flags=MSG_DONTWAIT)
    alice.sendmsg(other, "x", flags=MSG_DONTWAIT)
    assert alice.recvmsg(one, flags=MSG_PEEK).data == b"x"
    assert alice.recvmsg(one).data == b"x"
    with fails(ENOTCONN):
        alice.sendmsg(alice.socket(AF_UNIX, SOCK_STREAM), "x")


def test_sockets_that_need_privilege(alice: Process) -> None:
    """A raw socket and a low port are for who has the capability over the network namespace."""
    with fails(EPERM):
        alice.socket(AF_INET, SOCK_RAW, 1)
    inside = alice.clone(CLONE_NEWUSER)
    with fails(EPERM):
        inside.socket(AF_INET, SOCK_RAW, 1)
    owner = alice.clone(CLONE_NEWUSER | CLONE_NEWNET)
    owner.socket(AF_INET, SOCK_RAW, 1)
    owner.bind(owner.socket(AF_INET, SOCK_STREAM), ("0.0.0.0", 80))
    owner.socket(AF_NETLINK, SOCK_RAW)
    owner.capset([], [])
    with fails(EACCES):
        owner.bind(owner.socket(AF_INET, SOCK_STREAM), ("0.0.0.0", 81))


def test_abstract_names_belong_to_the_network_namespace(alice: Process) -> None:
    """An abstract socket is found in its network namespace and in no other."""
    server = alice.socket(AF_UNIX, SOCK_STREAM)
    alice.bind(server, "\0nsdoc-test")
    alice.listen(server)
    alice.connect(alice.socket(AF_UNIX, SOCK_STREAM), "\0nsdoc-test")
    elsewhere = alice.clone(CLONE_NEWUSER | CLONE_NEWNET)
    with fails(ECONNREFUSED):
        elsewhere.connect(elsewhere.socket(AF_UNIX, SOCK_STREAM), "\0nsdoc-test")


def test_sockets_survive_in_the_child(alice: Process) -> None:
    """A connection made before fork() is shared by parent and child."""
    one, other = alice.socketpair(AF_UNIX, SOCK_STREAM)
    child = alice.fork()
    alice.close(one)
    alice.write(other, "to the child")
    assert child.read(one) == b"to the child"
