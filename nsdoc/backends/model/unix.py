"""UNIX domain sockets, and the credentials and descriptors that they carry.

Twin: net/unix/af_unix.c and net/core/scm.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN, S_IFSOCK
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.create import bind_socket
from nsdoc.backends.model.errnos import (
    EADDRINUSE,
    EAGAIN,
    ECONNREFUSED,
    EINVAL,
    EISCONN,
    ENOTCONN,
    EOPNOTSUPP,
    EPERM,
    EPIPE,
    EPROTOTYPE,
    ESRCH,
)
from nsdoc.backends.model.exit import send_signal
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.permission import MAY_WRITE, inode_permission
from nsdoc.backends.model.pid import find_task_by_vpid, pid_nr_ns, task_active_pid_ns
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import (
    GLOBAL_ROOT_GID,
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
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.inode import Inode
    from nsdoc.backends.model.ns_types import NetNamespace
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kgid, Kuid

Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Ucred:
    """Who sent a message or made a connection."""

    task: Task
    uid: Kuid
    gid: Kgid


@dataclass(slots=True)
class Skb:
    """A message on its way."""

    data: bytes
    cred: Ucred | None
    files: tuple[File, ...]


class UnixSocket:
    """A UNIX domain socket."""

    def __init__(self, net: NetNamespace, kind: int) -> None:
        self.net = net
        self.kind = kind
        self.peer: UnixSocket | None = None
        self.queue: list[Skb] = []
        # Connections that wait for accept(2), None while the socket does not listen.
        self.backlog: list[UnixSocket] | None = None
        self.most = 0
        self.address: Inode | str | None = None
        self.peercred: Ucred | None = None
        self.passcred = False
        self.closed = False
        self.connected = False

    def close(self) -> None:
        """The last descriptor is gone."""
        self.closed = True
        if isinstance(self.address, str):
            self.net.abstract.pop(self.address, None)


def pair(current: Task, kind: int) -> tuple[UnixSocket, UnixSocket]:
    """Two connected sockets.  R095, init_peercred(): each names who made them."""
    one, other = (UnixSocket(current.nsproxy.net_ns, kind) for _ in range(2))
    one.peer, other.peer = other, one
    one.peercred = other.peercred = _effective(current)
    one.connected = other.connected = True
    return one, other


def _effective(current: Task) -> Ucred:
    return Ucred(current, current.cred.euid, current.cred.egid)


def bind(current: Task, sock: UnixSocket, address: str) -> None:
    """Give a socket a name.  bind(2), unix(7)."""
    # unix_bind(), bind(2) EINVAL: it has one already.
    if sock.address is not None:
        raise Refused(EINVAL)
    if not address.startswith("\0"):
        sock.address = bind_socket(current, address)
        current.kernel.bound[sock.address] = sock
        return
    # bind(2) EADDRINUSE: the abstract name is taken, in this network namespace.
    if address in sock.net.abstract:
        raise Refused(EADDRINUSE)
    sock.address = address
    sock.net.abstract[address] = sock


def listen(current: Task, sock: UnixSocket, backlog: int) -> None:
    """Wait for connections.  listen(2)."""
    # unix_listen(), listen(2) EOPNOTSUPP: the type has no connections.
    if sock.kind == abi.SOCK_DGRAM:
        raise Refused(EOPNOTSUPP)
    # listen(2) EINVAL: it has no name, or is connected.
    if sock.address is None or sock.connected:
        raise Refused(EINVAL)
    sock.backlog = sock.backlog or []
    sock.most = backlog
    sock.peercred = _effective(current)


def find(current: Task, sock: UnixSocket, address: str) -> UnixSocket:
    """The socket of a name.  Twin: unix_find_other()."""
    if address.startswith("\0"):
        found = sock.net.abstract.get(address)
    else:
        place = user_path(current, address)
        # unix_find_bsd(), connect(2) EACCES: writing to the file is needed.
        inode_permission(current, place, MAY_WRITE)
        found = current.kernel.bound.get(place.dentry.inode)
    # connect(2) ECONNREFUSED: nobody is there.
    if found is None or found.closed:
        raise Refused(ECONNREFUSED)
    # connect(2) EPROTOTYPE: the socket is of another type.
    if found.kind != sock.kind:
        raise Refused(EPROTOTYPE)
    return found


def connect(current: Task, sock: UnixSocket, address: str) -> None:
    """Connect to the socket of a name.  connect(2), unix(7)."""
    other = find(current, sock, address)
    if sock.kind == abi.SOCK_DGRAM:
        sock.peer = other
        return
    # unix_stream_connect(), connect(2) ECONNREFUSED: nobody listens there.
    if other.backlog is None:
        raise Refused(ECONNREFUSED)
    # connect(2) EISCONN, EINVAL: it is connected already, or listens.
    if sock.connected or sock.backlog is not None:
        raise Refused(EISCONN if sock.connected else EINVAL)
    if len(other.backlog) > other.most:
        raise Unavailable("connect(): the backlog is full, and the call would wait for ever")
    server = UnixSocket(other.net, sock.kind)
    server.peer, sock.peer = sock, server
    server.connected = sock.connected = True
    server.passcred = other.passcred
    # R095, copy_peercred(), unix(7) SO_PEERCRED: each side sees who connected, and who listened.
    server.peercred, sock.peercred = _effective(current), other.peercred
    other.backlog.append(server)


def accept(current: Task, sock: UnixSocket) -> UnixSocket:
    """The next connection.  accept(2)."""
    # unix_accept(), accept(2) EOPNOTSUPP, EINVAL.
    if sock.kind == abi.SOCK_DGRAM:
        raise Refused(EOPNOTSUPP)
    if sock.backlog is None:
        raise Refused(EINVAL)
    if not sock.backlog:
        raise Unavailable("accept(): nobody connects, and the call would wait for ever")
    return sock.backlog.pop(0)


def check_creds(current: Task, credentials: Triple) -> Ucred:
    """The credentials that a process sends with a message.

    Raises:
        Refused: EINVAL, EPERM, ESRCH; in the order of __scm_send().
    """
    number, uid, gid = credentials
    cred, ns = current.cred, current.cred.user_ns
    kuid, kgid = make_kuid(ns, uid_arg(uid)), make_kgid(ns, gid_arg(gid))
    # R095, scm_check_creds(), unix(7): the IDs have a mapping in the sender's user namespace.
    if INVALID in (kuid, kgid):
        raise Refused(EINVAL)
    pid_ns = task_active_pid_ns(current)
    # R095, unix(7): another PID than one's own needs CAP_SYS_ADMIN in the owner of the PID namespace,
    if number != pid_nr_ns(current, pid_ns) and not ns_capable(current, pid_ns.owner_ns(), CAP_SYS_ADMIN):
        raise Refused(EPERM)
    # another user ID than the real, effective or saved one CAP_SETUID,
    if kuid not in (cred.uid, cred.euid, cred.suid) and not ns_capable(current, ns, CAP_SETUID):
        raise Refused(EPERM)
    # another group ID CAP_SETGID, in the user namespace of the sender.
    if kgid not in (cred.gid, cred.egid, cred.sgid) and not ns_capable(current, ns, CAP_SETGID):
        raise Refused(EPERM)
    task = find_task_by_vpid(current, number)
    # unix(7) ESRCH: there is no such process.
    if task is None:
        raise Refused(ESRCH)
    return Ucred(task, kuid, kgid)


def shown(current: Task, cred: Ucred | None) -> Triple:
    """Credentials as a process reads them.

    # R095, cred_to_ucred(), user_namespaces(7): the IDs are translated to the reader's user namespace,
    # the PID to its PID namespace.
    """
    if cred is None:
        return 0, INVALID, INVALID
    ns = current.cred.user_ns
    number = pid_nr_ns(cred.task, task_active_pid_ns(current))
    return number, from_kuid_munged(ns, cred.uid), from_kgid_munged(ns, cred.gid)


def send(current: Task, sock: UnixSocket, data: bytes, cred: Ucred | None, files: tuple[File, ...]) -> int:
    """Send a message.  sendmsg(2)."""
    # sendmsg(2) ENOTCONN: it is connected to nobody.
    if sock.peer is None:
        raise Refused(ENOTCONN)
    # sendmsg(2) EPIPE, ECONNREFUSED: the other side is gone; of a stream, who does not ignore SIGPIPE ends.
    if sock.peer.closed:
        if sock.kind == abi.SOCK_STREAM:
            send_signal(current, current, abi.SIGPIPE)
        raise Refused(ECONNREFUSED if sock.kind == abi.SOCK_DGRAM else EPIPE)
    # R095, unix_maybe_add_creds(), unix(7) SO_PASSCRED: where either side asks, the real IDs go along.
    if cred is None and (sock.passcred or sock.peer.passcred):
        cred = Ucred(current, current.cred.uid, current.cred.gid)
    for file in files:
        file.users += 1
    sock.peer.queue.append(Skb(data, cred, files))
    return len(data)


def receive(
    current: Task, sock: UnixSocket, size: int, peek: bool, nonblocking: bool
) -> tuple[bytes, Triple | None, tuple[File, ...]]:
    """The next message.  recvmsg(2)."""
    # recvmsg(2) EINVAL: a stream is read from once it is connected.
    if sock.kind != abi.SOCK_DGRAM and not sock.connected:
        raise Refused(EINVAL if sock.kind == abi.SOCK_STREAM else ENOTCONN)
    if not sock.queue:
        if sock.kind != abi.SOCK_DGRAM and sock.peer is not None and sock.peer.closed:
            return b"", _at_the_end(current, sock), ()
        # recv(2) EAGAIN: nothing is there, and the call shall not wait.
        if nonblocking:
            raise Refused(EAGAIN)
        raise Unavailable("recvmsg(): no message is there, and the call would wait for ever")
    skb = sock.queue[0]
    data, rest = skb.data[:size], skb.data[size:]
    if not peek:
        if rest and sock.kind == abi.SOCK_STREAM:
            sock.queue[0] = Skb(rest, skb.cred, ())
        else:
            sock.queue.pop(0)
    credentials = None
    if sock.passcred:
        credentials = shown(current, skb.cred) if skb.cred is not None else _no_credentials(current)
    return data, credentials, skb.files


def _at_the_end(current: Task, sock: UnixSocket) -> Triple | None:
    """What comes with the end of a stream where credentials are asked for: unix_stream_read_generic()
    begins with zeros, which are IDs like others."""
    if not sock.passcred or sock.kind != abi.SOCK_STREAM:
        return None
    ns = current.cred.user_ns
    return 0, from_kuid_munged(ns, GLOBAL_ROOT_UID), from_kgid_munged(ns, GLOBAL_ROOT_GID)


def _no_credentials(current: Task) -> Triple:
    """What a message without credentials says where they are asked for: the overflow IDs."""
    overflow = current.cred.user_ns.overflow
    return 0, overflow.uid, overflow.gid


SOCKET_MODE: Final = S_IFSOCK | 0o777
