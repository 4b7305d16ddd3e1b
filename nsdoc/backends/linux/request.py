"""Requests to an agent: system calls with their arguments, and memory for the data they point to.

Arguments are numbers as the kernel takes them.
Pointers are addresses in the agent's `ARENA`,
where a request puts its data at places that are known beforehand.
"""

from __future__ import annotations

import os
from struct import Struct

from nsdoc.backends.linux import machine
from nsdoc.backends.linux.numbers import NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Argument: TypeAlias = "int | str | bytes | Room | None"

MOST_DATA = 256 * 1024
"""The bytes that one request can carry in either direction."""

_MOST_CALLS = 12
_HEADER = Struct("<3Q")
_CALL = Struct("<8q")
_RESULTS = Struct(f"<{_MOST_CALLS}q")
# The six arguments of a call that has none.
_ABSENT = (0,) * 6
_CALLS_AT = machine.RESULTS + _RESULTS.size
_DATA_AT = _CALLS_AT + _MOST_CALLS * _CALL.size
_DATA_IN_REPLY = _DATA_AT - machine.RESULTS
# What makes a length a multiple of eight, by its remainder.
_GAPS = tuple(bytes(-length % 8) for length in range(8))
_U64 = 1 << 64
_TOP = 1 << 63


class Room:
    """Memory that a call writes to; `raw` is what is there after the call."""

    __slots__ = ("raw", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.raw = b""

    def word(self, at: int = 0, size: int = 4) -> int:
        """The unsigned number of `size` bytes at an offset."""
        return int.from_bytes(self.raw[at : at + size], "little")

    def words(self, count: int) -> tuple[int, ...]:
        """The first `count` numbers of 32 bits, unsigned."""
        return tuple(self.word(4 * index) for index in range(count))


class Request:
    """System calls that an agent makes one after the other."""

    __slots__ = ("_calls", "_data", "_message", "_rooms", "_wanted")

    def __init__(self) -> None:
        self._calls: list[bytes] = []
        self._data = bytearray()
        self._rooms: list[tuple[Room, int]] = []
        self._wanted = 0
        self._message = b""

    def room(self, room: Room, content: bytes = b"") -> int:
        """The address of memory to write to, which may have a content before."""
        offset = len(self._data)
        self._rooms.append((room, offset))
        self._extend(content.ljust(room.size, b"\0"))
        self._wanted = len(self._data)
        return _DATA_AT + offset

    def put(self, data: bytes) -> int:
        """The address of data to read."""
        offset = len(self._data)
        self._extend(data)
        return _DATA_AT + offset

    def add(self, name: str, *arguments: Argument, flags: int = 0) -> None:
        """Add a call; a text stands for the address of a path, bytes for that of a copy, None for 0."""
        # Most are small numbers, which are what they are.
        words = [one if type(one) is int and 0 <= one < _TOP else self._word(one) for one in arguments]
        self._calls.append(_CALL.pack(NUMBERS[name], *words, *_ABSENT[len(words) :], flags))

    @property
    def reply_size(self) -> int:
        """The bytes of the reply."""
        return _DATA_IN_REPLY + self._wanted if self._wanted else _RESULTS.size

    def message(self) -> bytes:
        """The request as it crosses the socket; nothing is added to it any more."""
        if not self._message:
            self._message = self._packed()
        return self._message

    def _packed(self) -> bytes:
        calls = b"".join(self._calls)
        head = _HEADER.pack(len(self._calls), self.reply_size, _CALLS_AT)
        gap = bytes(_MOST_CALLS * _CALL.size - len(calls))
        return b"".join((head, bytes(_RESULTS.size), calls, gap, self._data))

    def results(self, reply: bytes) -> tuple[int, ...]:
        """What the calls returned; the rooms hold what they wrote."""
        for room, offset in self._rooms:
            start = _DATA_IN_REPLY + offset
            room.raw = reply[start : start + room.size]
        return _RESULTS.unpack_from(reply)[: len(self._calls)]

    def _word(self, argument: Argument) -> int:
        if isinstance(argument, int):
            if not -_TOP <= argument < _U64:
                raise ValueError(f"{argument} is more than a call can take")
            return (argument + _TOP) % _U64 - _TOP
        if argument is None:
            return 0
        if isinstance(argument, Room):
            return self.room(argument)
        if isinstance(argument, str):
            if "\0" in argument:
                raise ValueError(f"{argument!r} has a null byte, where a text of a call ends")
            return self.put(os.fsencode(argument) + b"\0")
        return self.put(argument)

    def _extend(self, data: bytes) -> None:
        # Aligned, for the structures among them.
        self._data += data
        self._data += _GAPS[len(data) % 8]
        if len(self._data) > MOST_DATA + _DATA_IN_REPLY:
            raise ValueError(f"one call carries at most {MOST_DATA} bytes")
