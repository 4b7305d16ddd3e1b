"""Channels between the controller and agents: one request, one reply, and descriptors beside them."""

from __future__ import annotations

import _socket
import fcntl
import os

from nsdoc.wire import Closed, pack, receive, send, unpack

__all__ = ["Closed", "aside", "pair", "peer", "receive", "receive_descriptor", "send", "send_descriptor"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Channels live far above the descriptors of an example, which start at 3 as in any other process.
_ABOVE = 512
_CHUNK = 65536
_FD_SIZE = 4


def pair() -> tuple[int, int]:
    """Two connected descriptors, out of the way of those that an example opens.

    Raises:
        OSError: no descriptors are left.
    """
    one, other = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
    return aside(one.detach()), aside(other.detach())


def aside(fd: int) -> int:
    """Move a descriptor out of the way, where the limit of descriptors leaves room for that."""
    try:
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    except OSError:
        return fd
    os.close(fd)
    return moved


def send_descriptor(fd: int, passed: int, value: Any) -> None:
    """Send one short message together with a descriptor, as SCM_RIGHTS.

    Raises:
        Closed: the other end is gone.
    """
    socket = _socket.socket(fileno=fd)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed.to_bytes(_FD_SIZE, "little"))]
    try:
        socket.sendmsg([pack(value)], rights)
    except OSError as error:
        raise Closed from error
    finally:
        socket.detach()


def receive_descriptor(fd: int) -> tuple[Any, int | None]:
    """Wait for one short message: its value, and the descriptor that came with it.

    Raises:
        Closed: the other end is gone.
    """
    socket = _socket.socket(fileno=fd)
    try:
        data, rights, _, _ = socket.recvmsg(_CHUNK, _socket.CMSG_SPACE(_FD_SIZE), _socket.MSG_CMSG_CLOEXEC)
    except OSError as error:
        raise Closed from error
    finally:
        socket.detach()
    if not data:
        raise Closed
    passed = int.from_bytes(rights[0][2][:_FD_SIZE], "little") if rights else None
    return unpack(data), passed


def peer(fd: int) -> int:
    """The process that made the other end of a channel, as a PID of the caller's PID namespace."""
    socket = _socket.socket(fileno=fd)
    try:
        data = socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
    finally:
        socket.detach()
    return int.from_bytes(data[:4], "little")
