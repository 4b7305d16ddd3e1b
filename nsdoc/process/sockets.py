"""Calls about sockets, with the credentials and descriptors they carry."""

from __future__ import annotations

from nsdoc.process.caller import Caller, raw
from nsdoc.process.values import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class SocketCalls(Caller):
    """socket(2), unix(7), network_namespaces(7); addresses are a path, or (host, port)."""

    __slots__ = ()

    def socket(self, family: int, type: int, protocol: int = 0) -> int:
        """socket(2): a new descriptor.

        Raises:
            KernelError: EACCES, EAFNOSUPPORT, EINVAL, EMFILE, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT.
        """
        return int(self._call("socket", family, type, protocol))

    def socketpair(self, family: int, type: int, protocol: int = 0) -> tuple[int, int]:
        """socketpair(2): two connected descriptors.

        Raises:
            KernelError: EAFNOSUPPORT, EINVAL, EMFILE, EOPNOTSUPP, EPROTONOSUPPORT.
        """
        one, other = self._call("socketpair", family, type, protocol)
        return one, other

    def bind(self, fd: int, address: str | tuple[str, int]) -> None:
        """bind(2).

        Raises:
            KernelError: EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EINVAL, ENOENT, ENOTSOCK.
        """
        self._call("bind", fd, address)

    def listen(self, fd: int, backlog: int = 1) -> None:
        """listen(2).

        Raises:
            KernelError: EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP.
        """
        self._call("listen", fd, backlog)

    def connect(self, fd: int, address: str | tuple[str, int]) -> None:
        """connect(2).

        Raises:
            KernelError: EACCES, EADDRNOTAVAIL, EAGAIN, EBADF, ECONNREFUSED, EINPROGRESS, EISCONN,
                ENETUNREACH, ENOENT, ENOTSOCK.
        """
        self._call("connect", fd, address)

    def accept(self, fd: int) -> int:
        """accept(2): a descriptor for the connection.

        Raises:
            KernelError: EAGAIN, EBADF, EINVAL, EMFILE, ENOTSOCK, EOPNOTSUPP.
        """
        return int(self._call("accept", fd))

    def setsockopt(self, fd: int, level: int, option: int, value: int) -> None:
        """setsockopt(2) for options that are a number.

        Raises:
            KernelError: EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK, EPERM.
        """
        self._call("setsockopt", fd, level, option, value)

    def getsockopt(self, fd: int, level: int, option: int) -> int | tuple[int, int, int]:
        """getsockopt(2): a number; (pid, uid, gid) for ``SO_PEERCRED``.

        Raises:
            KernelError: EBADF, ENOPROTOOPT, ENOTSOCK.
        """
        value: int | tuple[int, int, int] = self._call("getsockopt", fd, level, option)
        return value

    def sendmsg(
        self,
        fd: int,
        data: str | bytes,
        *,
        credentials: tuple[int, int, int] | None = None,
        fds: Iterable[int] = (),
        flags: int = 0,
    ) -> int:
        """sendmsg(2): how many bytes went.

        `credentials` (pid, uid, gid) go along as ``SCM_CREDENTIALS``, `fds` as ``SCM_RIGHTS``.

        Raises:
            KernelError: EAGAIN, EBADF, ECONNRESET, EDESTADDRREQ, EINVAL, EMSGSIZE, ENOTCONN, ENOTSOCK, EPERM,
                EPIPE.
        """
        return int(self._call("sendmsg", fd, raw(data), credentials, tuple(fds), *_given(flags)))

    def recvmsg(self, fd: int, size: int = 65536, flags: int = 0) -> Message:
        """recvmsg(2): the data with the sender's credentials and descriptors, where they came along.

        Raises:
            KernelError: EAGAIN, EBADF, ECONNRESET, EINVAL, ENOTCONN, ENOTSOCK.
        """
        return Message(*self._call("recvmsg", fd, size, *_given(flags)))


def _given(flags: int) -> tuple[int, ...]:
    """Flags as a last argument, where there are any."""
    return (flags,) if flags else ()
