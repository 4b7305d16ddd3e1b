"""Sockets, and the credentials and descriptors that messages carry.

`_socket` is the extension module below `socket`, which would double the modules that an agent loads.
"""

from __future__ import annotations

import _socket
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Address: TypeAlias = "str | tuple[str, int]"
    Credentials: TypeAlias = tuple[int, int, int]

_WORD = 4
_MOST_FDS = 64
_CREDENTIALS = 3 * _WORD


class _Borrowed:
    """A socket object for a descriptor that stays open when the object goes."""

    def __init__(self, fd: int) -> None:
        self._socket = _socket.socket(fileno=fd)

    def __enter__(self) -> _socket.socket:
        return self._socket

    def __exit__(self, *_: object) -> None:
        self._socket.detach()


def socket(family: int, type: int, protocol: int) -> int:
    return _as_asked(_socket.socket(family, type, protocol).detach(), type)


def socketpair(family: int, type: int, protocol: int) -> tuple[int, int]:
    one, other = _socket.socketpair(family, type, protocol)
    return _as_asked(one.detach(), type), _as_asked(other.detach(), type)


def bind(fd: int, address: Address) -> None:
    with _Borrowed(fd) as found:
        found.bind(address)


def listen(fd: int, backlog: int) -> None:
    with _Borrowed(fd) as found:
        found.listen(backlog)


def connect(fd: int, address: Address) -> None:
    with _Borrowed(fd) as found:
        found.connect(address)


def accept(fd: int) -> int:
    with _Borrowed(fd) as found:
        return _as_asked(found._accept()[0], 0)  # type: ignore[attr-defined]  # absent from the stubs


def setsockopt(fd: int, level: int, option: int, value: int) -> None:
    with _Borrowed(fd) as found:
        found.setsockopt(level, option, value)


def getsockopt(fd: int, level: int, option: int) -> int | Credentials:
    with _Borrowed(fd) as found:
        if (level, option) == (_socket.SOL_SOCKET, _socket.SO_PEERCRED):
            return _unpacked(found.getsockopt(level, option, _CREDENTIALS))
        return found.getsockopt(level, option)


def sendmsg(
    fd: int, data: bytes, credentials: Credentials | None, fds: tuple[int, ...], flags: int = 0
) -> int:
    parts = []
    if credentials is not None:
        parts.append((_socket.SOL_SOCKET, _socket.SCM_CREDENTIALS, _packed(credentials)))
    if fds:
        parts.append((_socket.SOL_SOCKET, _socket.SCM_RIGHTS, _packed(fds)))
    with _Borrowed(fd) as found:
        return found.sendmsg([data], parts, flags)


def recvmsg(fd: int, size: int, flags: int = 0) -> tuple[bytes, Credentials | None, tuple[int, ...]]:
    room = _socket.CMSG_SPACE(_CREDENTIALS) + _socket.CMSG_SPACE(_MOST_FDS * _WORD)
    with _Borrowed(fd) as found:
        data, parts, _, _ = found.recvmsg(size, room, flags)
    credentials: Credentials | None = None
    fds: tuple[int, ...] = ()
    for _level, kind, content in parts:
        if kind == _socket.SCM_CREDENTIALS:
            credentials = _unpacked(content)
        elif kind == _socket.SCM_RIGHTS:
            fds = _words(content)
    return data, credentials, fds


def _as_asked(fd: int, type: int) -> int:
    """A descriptor that `_socket` made, closed by execve(2) only if the caller asked for that."""
    if not type & _socket.SOCK_CLOEXEC:
        os.set_inheritable(fd, True)
    return fd


def _packed(words: tuple[int, ...]) -> bytes:
    return b"".join((word & 0xFFFFFFFF).to_bytes(_WORD, "little") for word in words)


def _words(content: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(content[at : at + _WORD], "little") for at in range(0, len(content), _WORD))


def _unpacked(content: bytes) -> Credentials:
    pid, uid, gid = _words(content)
    return pid, uid, gid


CALLS = (
    socket, socketpair, bind, listen, connect, accept, setsockopt, getsockopt, sendmsg, recvmsg,
)  # fmt: skip
