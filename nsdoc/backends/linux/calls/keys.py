"""Keys and keyrings, keyrings(7)."""

from __future__ import annotations

from nsdoc import abi
from nsdoc.backends.linux.request import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent
    from nsdoc.backends.linux.request import Argument

_ROOM = 4096
_GIVE_BYTES = (abi.KEYCTL_DESCRIBE, abi.KEYCTL_READ)


def add_key(agent: Agent, type: str, description: str, payload: bytes, keyring: int) -> int:
    # A keyring takes a null pointer.
    return agent.syscall("add_key", type, description, payload or None, len(payload), keyring)


def request_key(agent: Agent, type: str, description: str, keyring: int) -> int:
    return agent.syscall("request_key", type, description, None, keyring)


def keyctl(agent: Agent, operation: int, *args: Argument) -> int | bytes:
    if operation not in _GIVE_BYTES:
        return agent.syscall("keyctl", operation, *args)
    size = _ROOM
    while True:
        content = Room(size)
        length = agent.syscall("keyctl", operation, *args, content, size)
        if length <= size:
            return content.raw[:length]
        size = length


CALLS = (add_key, request_key, keyctl)
