"""Keys and keyrings, keyrings(7)."""

from __future__ import annotations

from nsdoc import abi
from nsdoc.backends.linux.syscalls import buffer, path, syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import Array, c_char

_ROOM = 4096
_GIVE_BYTES = (abi.KEYCTL_DESCRIBE, abi.KEYCTL_READ)


def add_key(type: str, description: str, payload: bytes, keyring: int) -> int:
    data = payload or None  # a keyring takes a null pointer
    return syscall("add_key", path(type), path(description), data, len(payload), keyring)


def request_key(type: str, description: str, keyring: int) -> int:
    return syscall("request_key", path(type), path(description), None, keyring)


def keyctl(operation: int, *args: int | str | bytes | None) -> int | bytes:
    if operation in _GIVE_BYTES:
        return _read(operation, *map(_word, args))
    return syscall("keyctl", operation, *map(_word, args))


def _read(operation: int, *args: int | bytes | None) -> bytes:
    memory: Array[c_char] = buffer(_ROOM)
    length = syscall("keyctl", operation, *args, memory, _ROOM)
    return memory.raw[: min(length, _ROOM)]


def _word(arg: int | str | bytes | None) -> int | bytes | None:
    return path(arg) if isinstance(arg, str) else arg


CALLS = (add_key, request_key, keyctl)
