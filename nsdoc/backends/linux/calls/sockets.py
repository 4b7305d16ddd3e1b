"""Sockets, and the credentials and descriptors that messages carry."""

from __future__ import annotations

import _socket
import os
from struct import pack, unpack_from

from nsdoc import abi
from nsdoc.backends.linux.request import Request, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from nsdoc.backends.linux.agent import Agent

    Address: TypeAlias = "str | tuple[str, int]"
    Credentials: TypeAlias = tuple[int, int, int]

# struct cmsghdr: a length of eight bytes, a level and a kind.
_HEADER = 16
# Credentials, and the most descriptors that one message takes: SCM_MAX_FD of net/scm.h.
_ROOM = 32 + 16 + 253 * 4 + 4
_LOW = 0xFFFFFFFF


def socket(agent: Agent, family: int, type: int, protocol: int) -> int:
    return agent.syscall("socket", family, type, protocol)


def socketpair(agent: Agent, family: int, type: int, protocol: int) -> tuple[int, ...]:
    ends = Room(8)
    agent.syscall("socketpair", family, type, protocol, ends)
    return ends.words(2)


def bind(agent: Agent, fd: int, address: Address) -> None:
    data = _sockaddr(address)
    agent.syscall("bind", fd, data, len(data))


def connect(agent: Agent, fd: int, address: Address) -> None:
    data = _sockaddr(address)
    agent.syscall("connect", fd, data, len(data))


def listen(agent: Agent, fd: int, backlog: int) -> None:
    agent.syscall("listen", fd, backlog)


def accept(agent: Agent, fd: int) -> int:
    return agent.syscall("accept4", fd, None, None, 0)


def _sockaddr(address: Address) -> bytes:
    """An address as bind(2) takes it: a path, abstract after a null byte, or a host and a port, ip(7)."""
    if isinstance(address, str):
        name = os.fsencode(address)
        return pack("<H", abi.AF_UNIX) + name + (b"" if name.startswith(b"\0") else b"\0")
    host, port = address
    return pack("<H", abi.AF_INET) + port.to_bytes(2, "big") + _socket.inet_aton(host) + bytes(8)


def setsockopt(agent: Agent, fd: int, level: int, option: int, value: int) -> None:
    agent.syscall("setsockopt", fd, level, option, pack("<i", value), 4)


def getsockopt(agent: Agent, fd: int, level: int, option: int) -> int | Credentials:
    value = Room(_HEADER)
    if (level, option) == (abi.SOL_SOCKET, abi.SO_PEERCRED):
        _get(agent, fd, level, option, value, 12)
        pid, uid, gid = value.words(3)
        return pid, uid, gid
    _get(agent, fd, level, option, value, 4)
    return int.from_bytes(value.raw[:4], "little", signed=True)


def _get(agent: Agent, fd: int, level: int, option: int, value: Room, length: int) -> None:
    agent.syscall("getsockopt", fd, level, option, value, pack("<I", length))


def sendmsg(
    agent: Agent,
    fd: int,
    data: bytes,
    credentials: Credentials | None,
    fds: tuple[int, ...],
    flags: int = 0,
) -> int:
    control = b""
    if credentials is not None:
        control += _cmsg(abi.SCM_CREDENTIALS, credentials)
    if fds:
        control += _cmsg(abi.SCM_RIGHTS, fds)
    request = Request()
    vector = request.put(pack("<2Q", request.put(data), len(data)))
    where = request.put(control) if control else 0
    header = request.put(pack("<7Q", 0, 0, vector, 1, where, len(control), 0))
    request.add("sendmsg", fd, header, flags)
    return agent.make(request)


def _cmsg(kind: int, words: tuple[int, ...]) -> bytes:
    content = pack(f"<{len(words)}I", *(word & _LOW for word in words))
    head = pack("<Qii", _HEADER + len(content), abi.SOL_SOCKET, kind)
    return head + content + bytes(-len(content) % 8)


def recvmsg(
    agent: Agent, fd: int, size: int, flags: int = 0
) -> tuple[bytes, Credentials | None, tuple[int, ...]]:
    request = Request()
    data, control, header = Room(size), Room(_ROOM), Room(56)
    vector = request.put(pack("<2Q", request.room(data), size))
    where = request.room(control)
    at = request.room(header, pack("<7Q", 0, 0, vector, 1, where, _ROOM, 0))
    request.add("recvmsg", fd, at, flags)
    got = agent.make(request)
    credentials: Credentials | None = None
    fds: tuple[int, ...] = ()
    for kind, words in _parts(control.raw[: header.word(40, 8)]):
        if kind == abi.SCM_CREDENTIALS:
            credentials = words[0], words[1], words[2]
        elif kind == abi.SCM_RIGHTS:
            fds = words
    return data.raw[:got], credentials, fds


def _parts(control: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The parts of ancillary data, cmsg(3): the kind of each, and its words."""
    while len(control) >= _HEADER:
        length, _, kind = unpack_from("<Qii", control)
        yield kind, unpack_from(f"<{(length - _HEADER) // 4}I", control, _HEADER)
        control = control[length + -length % 8 :]


CALLS = (
    socket, socketpair, bind, listen, connect, accept, setsockopt, getsockopt, sendmsg, recvmsg,
)  # fmt: skip
