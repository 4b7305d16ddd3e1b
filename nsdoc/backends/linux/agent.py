"""An agent: the forked process that acts for one process of an example.

It waits for a request, makes the call, and replies with its outcome, until the channel closes.
A fork or clone is answered by the child: it makes a channel of its own
and hands the other end over with SCM_RIGHTS, so that nobody has to route its messages.
"""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux import channel, execution
from nsdoc.backends.linux.calls import CALLS
from nsdoc.backends.linux.syscalls import clone, clone3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Pairs: TypeAlias = tuple[tuple[str, str], ...]

# A reply is (errno, value); these two stand where no errno can.
REFUSED = -1  # the agent cannot make this call, the value says why
DEFECT = -2  # the arguments fit no call, the value says why

# The calls that are answered by the new process.
BIRTHS = ("fork", "clone", "clone3")

_SHARED = abi.CLONE_VM | abi.CLONE_VFORK | abi.CLONE_SETTLS
# With these beside CLONE_THREAD the kernel refuses before it makes a process, copy_process().
_NEVER_A_THREAD = abi.CLONE_NEWUSER | abi.CLONE_NEWPID


class Refusal(Exception):
    """The agent cannot make this call; the message says why."""


class Agent:
    """The loop of one agent, with its end of the channel."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._own: dict[str, Callable[..., Any]] = {
            "fork": self._fork,
            "clone": self._clone,
            "clone3": self._clone3,
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
        call = self._own.get(name) or CALLS.get(name)
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
        return None if name in BIRTHS else (0, value)

    def _fork(self) -> None:
        self._clone(0)

    def _clone(self, flags: int) -> None:
        _check(flags)
        if clone(flags) == 0:
            self._settle(flags)

    def _clone3(self, flags: int, set_tid: tuple[int, ...]) -> None:
        _check(flags)
        if clone3(flags, set_tid) == 0:
            self._settle(flags)

    def _settle(self, flags: int) -> None:
        """In a new process: answer for oneself from now on."""
        self._fd = introduce(self._fd, keep=bool(flags & abi.CLONE_FILES))

    def _execve(self, path: str, argv: tuple[str, ...] | None, env: Pairs, bundle: bytes, home: str) -> None:
        if argv is not None:
            os.execve(path, argv, dict(env))
        execution.execve(self._fd, path, dict(env), bundle, home)


def _check(flags: int) -> None:
    """See to it that a new process has memory of its own, or that the kernel refuses to make it.

    Raises:
        Refusal: it would not.
    """
    if flags & abi.CLONE_PIDFD:
        raise Refusal("CLONE_PIDFD is not offered; pidfd_open() gives such a descriptor afterwards")
    if flags & _SHARED and not _contradictory(flags):
        raise Refusal("CLONE_VM, CLONE_VFORK and CLONE_SETTLS would share the agent's memory: not offered")


def _contradictory(flags: int) -> bool:
    """Whether the kernel refuses flags that share memory, whatever else there is."""
    thread, handlers = flags & abi.CLONE_THREAD, flags & abi.CLONE_SIGHAND
    if thread and (flags & _NEVER_A_THREAD or not handlers):
        return True
    return bool(handlers and not flags & abi.CLONE_VM)


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
