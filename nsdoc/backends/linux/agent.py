"""An agent: the forked process that acts for one process of an example.

It waits for a request, makes the call, and replies with its outcome, until the channel closes.
A fork or clone is answered by the child: it makes a channel of its own
and hands the other end over with SCM_RIGHTS, so that nobody has to route its messages.
"""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux import channel, execution
from nsdoc.backends.linux.calls import table
from nsdoc.backends.linux.syscalls import clone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Pairs: TypeAlias = tuple[tuple[str, str], ...]

# A reply is (errno, value); these two stand where no errno can.
REFUSED = -1  # the agent cannot make this call, the value says why
DEFECT = -2  # the arguments fit no call, the value says why

_SHARED = abi.CLONE_VM | abi.CLONE_VFORK
# With these beside CLONE_THREAD the kernel refuses before it makes a process, copy_process().
_NEVER_A_THREAD = abi.CLONE_NEWUSER | abi.CLONE_NEWPID


class Refusal(Exception):
    """The agent cannot make this call; the message says why."""


class Agent:
    """The loop of one agent, with its end of the channel."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._calls: dict[str, Callable[..., Any]] = table() | {
            "fork": self._fork,
            "clone": self._clone,
            "exit": os._exit,
            "execve": self._execve,
        }

    def serve(self) -> None:
        """Answer requests until the controller is gone; does not return."""
        try:
            while True:
                name, args = channel.receive(self._fd)
                reply = self._answer(name, args)
                if reply is not None:
                    channel.send(self._fd, reply)
        except channel.Closed:
            os._exit(0)
        finally:
            os._exit(70)

    def _answer(self, name: str, args: tuple[Any, ...]) -> tuple[int, Any] | None:
        """The reply to a request; None where somebody else answers."""
        call = self._calls.get(name)
        if call is None:
            return REFUSED, f"{name}() is not offered on the live kernel"
        try:
            value = call(*args)
        except OSError as error:
            return error.errno or 0, None
        except Refusal as refusal:
            return REFUSED, str(refusal)
        except (TypeError, ValueError, OverflowError) as error:
            return DEFECT, f"{name}(): {error}"
        return None if call in (self._fork, self._clone) else (0, value)

    def _fork(self) -> None:
        self._clone(0)

    def _clone(self, flags: int) -> None:
        if flags & _SHARED and not flags & abi.CLONE_THREAD | flags & _NEVER_A_THREAD:
            raise Refusal("clone() with CLONE_VM or CLONE_VFORK would share the agent's memory: not offered")
        if clone(flags) == 0:
            self._fd = introduce(self._fd, keep=bool(flags & abi.CLONE_FILES))

    def _execve(self, path: str, argv: tuple[str, ...] | None, env: Pairs, bundle: bytes, home: str) -> None:
        if argv is not None:
            os.execve(path, argv, dict(env))
        execution.execve(self._fd, path, dict(env), bundle, home)


def introduce(to: int, *, keep: bool = False) -> int:
    """Make the channel of a new agent and hand its other end to whoever listens on `to`.

    `to` is closed afterwards, unless the agent shares its descriptors with the parent (`keep`).
    Returns the agent's own end.
    """
    mine, theirs = channel.pair()
    channel.send_descriptor(to, theirs, (0, None))
    os.close(theirs)
    if not keep:
        os.close(to)
    return mine
