"""Sockets: which a process may make, and what it may do with them.

Twin: net/socket.c, net/core/sock.c and net/ipv4/af_inet.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import (
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_PACKET,
    AF_UNIX,
    CAP_NET_ADMIN,
    CAP_NET_BIND_SERVICE,
    CAP_NET_RAW,
    IPPROTO_TCP,
    IPPROTO_UDP,
    O_RDWR,
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
from nsdoc.backends.model import unix
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.dcache import Dentry, Path
from nsdoc.backends.model.errnos import (
    EACCES,
    EADDRINUSE,
    EAFNOSUPPORT,
    EINVAL,
    ENOPROTOOPT,
    ENOTSOCK,
    EOPNOTSUPP,
    EPERM,
    EPROTONOSUPPORT,
    ESOCKTNOSUPPORT,
)
from nsdoc.backends.model.file import File, fd_install, fdget, fdget_raw, fput
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.refusal import Refused
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.ns_types import NetNamespace
    from nsdoc.backends.model.sched import Task

_TYPE_MASK: Final = 0xF
_AF_MAX: Final = 46
_UNPRIVILEGED_PORT: Final = 1024
_ANY: Final = "0.0.0.0"
_LOOPBACK: Final = "127.0.0.1"
# More than any option of asm-generic/socket.h, now and for long.
_LAST_OPTION: Final = 255
_MOST_FDS: Final = 253
_KEPT_OPTIONS: Final = (SO_REUSEADDR, SO_MARK)


class SocketInode(Inode):
    """A file that stands for a socket."""

    __slots__ = ("bound", "family", "net", "options", "type", "unix")

    def __init__(self, current: Task, family: int, kind: int, sock: unix.UnixSocket | None = None) -> None:
        sb = current.kernel.nsfs_mnt.sb
        super().__init__(sb, unix.SOCKET_MODE, current.cred.fsuid, current.cred.fsgid)
        self.family = family
        self.type = kind
        self.net: NetNamespace = current.nsproxy.net_ns
        self.options: dict[int, int] = {}
        self.bound: tuple[str, int] | None = None
        self.unix = sock

    def release(self, file: File) -> None:
        """The last descriptor is closed."""
        if self.unix is not None:
            self.unix.close()
        if self.bound is not None:
            self.net.ports.discard((self.type, self.bound[1]))

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """read(2): a message without what it carries."""
        nonblocking = bool(file.flags & SOCK_NONBLOCK)
        data, _, files = unix.receive(current, self.unix_socket(), size, False, nonblocking)
        for carried in files:
            fput(carried)
        return data

    def write(self, current: Task, file: File, data: bytes, offset: int) -> int:
        """write(2): a message that carries nothing."""
        return unix.send(current, self.unix_socket(), data, None, ())

    def unix_socket(self) -> unix.UnixSocket:
        """The UNIX domain socket that this is.

        Raises:
            Unavailable: it is of another family, and nothing travels there.
        """
        if self.unix is None:
            raise Unavailable("only UNIX domain sockets carry data in the model")
        return self.unix


def sys_socket(current: Task, family: int, type: int, protocol: int = 0) -> int:
    """A descriptor for a new socket.  socket(2)."""
    kind = _checked_type(type)
    inode = SocketInode(current, family, kind)
    if family == AF_UNIX:
        inode.unix = unix.UnixSocket(inode.net, _unix_type(kind, protocol))
        inode.type = inode.unix.kind
    else:
        _create(current, family, kind, protocol)
    return _install(current, inode, type)


def _checked_type(type: int) -> int:
    # __sys_socket(), socket(2) EINVAL: unknown flags, or no type.
    if type & ~(_TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK):
        raise Refused(EINVAL)
    return type & _TYPE_MASK


def _unix_type(kind: int, protocol: int) -> int:
    # unix_create(), socket(2) EPROTONOSUPPORT.
    if protocol not in (0, AF_UNIX):
        raise Refused(EPROTONOSUPPORT)
    # unix_create(), socket(2) ESOCKTNOSUPPORT.
    if kind not in (SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET):
        raise Refused(ESOCKTNOSUPPORT)
    return SOCK_DGRAM if kind == SOCK_RAW else kind


def _create(current: Task, family: int, kind: int, protocol: int) -> None:
    raw = ns_capable(current, current.nsproxy.net_ns.owner_ns(), CAP_NET_RAW)
    if family in (AF_INET, AF_INET6):
        _inet_create(kind, protocol, raw)
    elif family == AF_PACKET:
        # R062, packet_create(), packet(7) EPERM: CAP_NET_RAW in the owner of the network namespace.
        if not raw:
            raise Refused(EPERM)
    elif family == AF_NETLINK:
        # netlink_create(), socket(2) ESOCKTNOSUPPORT.
        if kind not in (SOCK_RAW, SOCK_DGRAM):
            raise Refused(ESOCKTNOSUPPORT)
    elif 0 <= family < _AF_MAX:
        raise Unavailable(f"sockets of family {family} are not modelled")
    else:
        # socket(2) EAFNOSUPPORT: there is no such family.
        raise Refused(EAFNOSUPPORT)


def _inet_create(kind: int, protocol: int, raw: bool) -> None:
    known = {SOCK_STREAM: (0, IPPROTO_TCP), SOCK_DGRAM: (0, IPPROTO_UDP)}
    if kind == SOCK_DGRAM and protocol == abi.IPPROTO_ICMP:
        raise Unavailable("ICMP sockets are not modelled")
    # inet_create(), socket(2) ESOCKTNOSUPPORT, EPROTONOSUPPORT.
    if kind != SOCK_RAW and kind not in known:
        raise Refused(ESOCKTNOSUPPORT)
    if (kind == SOCK_RAW and protocol == 0) or protocol not in known.get(kind, (protocol,)):
        raise Refused(EPROTONOSUPPORT)
    # R062, inet_create(), raw(7) EPERM: CAP_NET_RAW in the owner of the network namespace.
    if kind == SOCK_RAW and not raw:
        raise Refused(EPERM)


def _install(current: Task, inode: SocketInode, type: int) -> int:
    path = Path(current.kernel.nsfs_mnt, Dentry("socket", None, inode))
    file = File(path, O_RDWR | type & SOCK_NONBLOCK, current.cred)
    return fd_install(current, file, cloexec=bool(type & SOCK_CLOEXEC))


def sys_socketpair(current: Task, family: int, type: int, protocol: int = 0) -> tuple[int, int]:
    """Two descriptors for connected sockets.  socketpair(2)."""
    kind = _checked_type(type)
    # socketpair(2) EOPNOTSUPP: only UNIX domain sockets come in pairs.
    if family in (AF_INET, AF_INET6):
        _inet_create(kind, protocol, True)
        raise Refused(EOPNOTSUPP)
    if family != AF_UNIX:
        raise Unavailable(f"socketpair() of family {family} is not modelled")
    one, other = unix.pair(current, _unix_type(kind, protocol))
    first = _install(current, SocketInode(current, family, one.kind, one), type)
    return first, _install(current, SocketInode(current, family, other.kind, other), type)


def _socket(current: Task, fd: int) -> SocketInode:
    """The socket of a descriptor.  Twin: sockfd_lookup()."""
    inode = fdget(current, fd).inode
    # ENOTSOCK: it is no socket.
    if not isinstance(inode, SocketInode):
        raise Refused(ENOTSOCK)
    return inode


def sys_bind(current: Task, fd: int, address: str | tuple[str, int]) -> None:
    """bind(2)."""
    sock = _socket(current, fd)
    if isinstance(address, str):
        unix.bind(current, sock.unix_socket(), address)
    else:
        _inet_bind(current, sock, *address)


def _inet_bind(current: Task, sock: SocketInode, host: str, port: int) -> None:
    """bind(2) of an Internet socket.  Twin: __inet_bind()."""
    if sock.family != AF_INET or host not in (_ANY, _LOOPBACK, ""):
        raise Unavailable(f"bind() to {host} is not modelled")
    # R062, __inet_bind(), ip(7) EACCES: a low port needs CAP_NET_BIND_SERVICE in the owner of the network
    # namespace.
    if 0 < port < _UNPRIVILEGED_PORT and not ns_capable(current, sock.net.owner_ns(), CAP_NET_BIND_SERVICE):
        raise Refused(EACCES)
    # bind(2) EINVAL: it has an address already.
    if sock.bound is not None:
        raise Refused(EINVAL)
    # bind(2) EADDRINUSE: the port is taken, in this network namespace.
    if port and (sock.type, port) in sock.net.ports:
        raise Refused(EADDRINUSE)
    sock.bound = (host, port)
    sock.net.ports.add((sock.type, port))


def sys_listen(current: Task, fd: int, backlog: int = 1) -> None:
    """listen(2)."""
    unix.listen(current, _socket(current, fd).unix_socket(), backlog)


def sys_connect(current: Task, fd: int, address: str | tuple[str, int]) -> None:
    """connect(2)."""
    sock = _socket(current, fd).unix_socket()
    # unix(7) EINVAL: the address is of another family.
    if not isinstance(address, str):
        raise Refused(EINVAL)
    unix.connect(current, sock, address)


def sys_accept(current: Task, fd: int) -> int:
    """A descriptor for the next connection.  accept(2)."""
    accepted = unix.accept(current, _socket(current, fd).unix_socket())
    return _install(current, SocketInode(current, AF_UNIX, accepted.kind, accepted), 0)


def sys_setsockopt(current: Task, fd: int, level: int, option: int, value: int) -> None:
    """setsockopt(2) of options that are a number."""
    sock = _socket(current, fd)
    # sock_setsockopt(), setsockopt(2) ENOPROTOOPT: there is no such option.
    if level == SOL_SOCKET and option > _LAST_OPTION:
        raise Refused(ENOPROTOOPT)
    if level != SOL_SOCKET or option not in (SO_PASSCRED, SO_PEERCRED, SO_TYPE, *_KEPT_OPTIONS):
        raise Unavailable(f"setsockopt() with option {option} of level {level} is not modelled")
    # sock_setsockopt(), socket(7): some options only read.
    if option in (SO_PEERCRED, SO_TYPE):
        raise Refused(ENOPROTOOPT)
    if option == SO_PASSCRED:
        # socket(7) EOPNOTSUPP: only UNIX domain sockets carry credentials.
        if sock.unix is None and current.kernel.has("passcred-is-for-unix"):
            raise Refused(EOPNOTSUPP)
        if sock.unix is not None:
            sock.unix.passcred = bool(value)
    if option == SO_MARK:
        owner = sock.net.owner_ns()
        # R062, socket(7) EPERM: SO_MARK needs CAP_NET_RAW or CAP_NET_ADMIN in the owner of the network
        # namespace.
        if not ns_capable(current, owner, CAP_NET_RAW) and not ns_capable(current, owner, CAP_NET_ADMIN):
            raise Refused(EPERM)
    sock.options[option] = value


def sys_getsockopt(current: Task, fd: int, level: int, option: int) -> int | tuple[int, int, int]:
    """A number, or for SO_PEERCRED the PID, user ID and group ID of the other side.  getsockopt(2)."""
    sock = _socket(current, fd)
    if level == SOL_SOCKET and option == SO_PEERCRED:
        return unix.shown(current, sock.unix.peercred if sock.unix is not None else None)
    if level == SOL_SOCKET and option == SO_PASSCRED:
        return int(sock.unix is not None and sock.unix.passcred)
    if level == SOL_SOCKET and option == SO_TYPE:
        return sock.type
    if level == SOL_SOCKET and option in _KEPT_OPTIONS:
        return sock.options.get(option, 0)
    # getsockopt(2) ENOPROTOOPT: there is no such option.
    if level == SOL_SOCKET and option > _LAST_OPTION:
        raise Refused(ENOPROTOOPT)
    raise Unavailable(f"getsockopt() with option {option} of level {level} is not modelled")


def sys_sendmsg(
    current: Task,
    fd: int,
    data: bytes,
    credentials: tuple[int, int, int] | None = None,
    fds: tuple[int, ...] = (),
    flags: int = 0,
) -> int:
    """How many bytes went.  sendmsg(2), with SCM_CREDENTIALS and SCM_RIGHTS."""
    sock = _socket(current, fd).unix_socket()
    cred = None if credentials is None else unix.check_creds(current, credentials)
    # scm_fp_copy(), unix(7) EINVAL: more descriptors than SCM_MAX_FD.
    if len(fds) > _MOST_FDS:
        raise Refused(EINVAL)
    # scm_fp_copy(), unix(7) EBADF: one of the descriptors is not open.
    files = tuple(fdget_raw(current, number) for number in fds)
    return unix.send(current, sock, data, cred, files)


def sys_recvmsg(
    current: Task, fd: int, size: int = 65536, flags: int = 0
) -> tuple[bytes, tuple[int, int, int] | None, tuple[int, ...]]:
    """The data, the sender's credentials and new descriptors.  recvmsg(2)."""
    sock = _socket(current, fd).unix_socket()
    nonblocking = bool(flags & abi.MSG_DONTWAIT or fdget(current, fd).flags & SOCK_NONBLOCK)
    data, credentials, files = unix.receive(current, sock, size, bool(flags & abi.MSG_PEEK), nonblocking)
    cloexec = bool(flags & abi.MSG_CMSG_CLOEXEC)
    return data, credentials, tuple(fd_install(current, file, cloexec=cloexec) for file in files)
