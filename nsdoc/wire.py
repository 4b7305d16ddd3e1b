"""Messages between the processes of nsdoc: a length of four bytes and a marshalled value.

marshal is built into the interpreter and quick, and both ends are the same interpreter.
Values are numbers, texts, bytes, None, and tuples of these.
"""

from __future__ import annotations

import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HEADER = 4


class Closed(Exception):
    """The other end is gone."""


def pack(value: Any) -> bytes:
    """A message as it crosses a socket or pipe.

    Raises:
        TypeError: the value is not of a type that can cross.
    """
    try:
        data = marshal.dumps(value)
    except ValueError:
        data = marshal.dumps(exact(value))
    return len(data).to_bytes(HEADER, "little") + data


def unpack(message: bytes) -> Any:
    """The value of one whole message."""
    return marshal.loads(message[HEADER:])


def split(data: bytes) -> tuple[list[Any], bytes]:
    """The values of the whole messages at the beginning of `data`, and the rest."""
    values = []
    while len(data) >= HEADER and len(data) >= (size := size_of(data)):
        values.append(unpack(data[:size]))
        data = data[size:]
    return values, data


def size_of(data: bytes) -> int:
    """The size of the message that begins so, header and all."""
    return HEADER + int.from_bytes(data[:HEADER], "little")


def send(fd: int, value: Any) -> None:
    """Send one message.

    Raises:
        Closed: the other end is gone.
    """
    data = pack(value)
    try:
        sent = os.write(fd, data)
        while sent < len(data):
            sent += os.write(fd, data[sent:])
    except OSError as error:
        raise Closed from error


def receive(fd: int) -> Any:
    """Wait for one message.

    Raises:
        Closed: the other end is gone.
    """
    head = _read(fd, HEADER)
    return unpack(head + _read(fd, size_of(head) - HEADER))


def _read(fd: int, size: int) -> bytes:
    """So many bytes.

    Raises:
        Closed: the other end is gone.
    """
    try:
        data = os.read(fd, size)
        while len(data) < size:
            more = os.read(fd, size - len(data))
            if not more:
                raise Closed
            data += more
    except OSError as error:
        raise Closed from error
    return data


def exact(value: Any) -> Any:
    """A value made only of the types that marshal knows; subclasses of int and str become these."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, tuple | list):
        return tuple(map(exact, value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"a call cannot take a value of type {type(value).__name__}")
