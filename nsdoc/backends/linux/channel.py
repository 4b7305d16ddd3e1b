"""Channels between the controller and agents: sockets that keep messages apart."""

from __future__ import annotations

import _socket
import fcntl
import os

from nsdoc.wire import Closed

__all__ = [
    "ABOVE",
    "TYPE",
    "Closed",
    "aside",
    "ask_for_sender",
    "pair",
    "receive",
    "receive_sender",
    "receive_with",
    "send",
    "send_with",
    "wait",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ABOVE = 512
"""Channels live from here on: far above the descriptors of an example, which start at 3 as in any process."""

TYPE = _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC

_LONGEST = 0x80000
_USUAL = 128 * 1024
_FD_SIZE = 4
# How long, in milliseconds, an answer may take before one looks whether it can still come.
_MOMENT = 5
_ANCILLARY = _socket.CMSG_SPACE(_FD_SIZE) + _socket.CMSG_SPACE(12)


class _Borrowed:
    """A socket object for a descriptor that stays open when the object goes."""

    def __init__(self, fd: int) -> None:
        # Told what it is, it does not ask the kernel.
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, fd)

    def __enter__(self) -> _socket.socket:
        return self._socket

    def __exit__(self, *_: object) -> None:
        self._socket.detach()


def pair() -> tuple[int, int]:
    """Two connected descriptors, out of the way of those that an example opens.

    Raises:
        OSError: no descriptors are left.
    """
    one, other = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    return aside(one.detach()), aside(other.detach())


def aside(fd: int) -> int:
    """Move a descriptor out of the way, where the limit of descriptors leaves room for that."""
    try:
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, ABOVE)
    except OSError:
        return fd
    os.close(fd)
    return moved


def send(fd: int, message: bytes) -> None:
    """Send one message.

    Raises:
        Closed: the other end is gone.
    """
    if len(message) > _USUAL:
        _make_room(fd)
    try:
        os.write(fd, message)
    except OSError as error:
        raise Closed from error


def _make_room(fd: int) -> None:
    """Let the longest message through, SO_SNDBUF in socket(7)."""
    with _Borrowed(fd) as socket:
        socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, _LONGEST)


def receive(fd: int, size: int = _LONGEST) -> bytes:
    """Wait for one message, which is at most `size` bytes long: room for the longest takes time to be had.

    Raises:
        Closed: the other end is gone.
    """
    try:
        message = os.read(fd, size)
    except OSError as error:
        raise Closed from error
    if not message:
        raise Closed
    return message


def wait(fd: int, alive: Callable[[], bool]) -> None:
    """Wait until a message is there, from somebody whose end may stay open when it has ended.

    Raises:
        Closed: there is no message, and the sender is no longer alive.
    """
    import select  # for the few processes that share their descriptors

    poll = select.poll()
    poll.register(fd, select.POLLIN)
    while not poll.poll(_MOMENT):
        if not alive() and not poll.poll(0):
            raise Closed


def send_with(fd: int, passed: int, message: bytes) -> None:
    """Send one message and a descriptor with it.

    Raises:
        Closed: the other end is gone.
    """
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed.to_bytes(_FD_SIZE, "little"))]
    try:
        with _Borrowed(fd) as socket:
            socket.sendmsg([message], rights)
    except OSError as error:
        raise Closed from error


def receive_with(fd: int, size: int = _LONGEST) -> tuple[bytes, int | None]:
    """Wait for one message of at most `size` bytes: with it the descriptor that came along, if one did.

    Raises:
        Closed: the other end is gone.
    """
    message, parts = _receive(fd, size)
    rights = parts.get(_socket.SCM_RIGHTS)
    return message, None if rights is None else aside(int.from_bytes(rights[:_FD_SIZE], "little"))


def receive_sender(fd: int, size: int = _LONGEST) -> tuple[bytes, int]:
    """Wait for one message of at most `size` bytes: with it the PID of its sender.

    The PID is that in the receiver's PID namespace.

    Raises:
        Closed: the other end is gone.
    """
    message, parts = _receive(fd, size)
    return message, int.from_bytes(parts[_socket.SCM_CREDENTIALS][:4], "little")


def ask_for_sender(fd: int) -> None:
    """Have the messages that are sent from now on tell their sender, SO_PASSCRED in unix(7)."""
    with _Borrowed(fd) as socket:
        socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_PASSCRED, 1)


def _receive(fd: int, size: int) -> tuple[bytes, dict[int, bytes]]:
    """One message, and its ancillary data by kind, unix(7)."""
    try:
        with _Borrowed(fd) as socket:
            message, parts, _, _ = socket.recvmsg(size, _ANCILLARY, _socket.MSG_CMSG_CLOEXEC)
    except OSError as error:
        raise Closed from error
    if not message:
        raise Closed
    return message, {kind: content for _, kind, content in parts}
