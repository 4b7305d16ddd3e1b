"""Where the first agents of an example come from."""

from __future__ import annotations

import os

from nsdoc.backends.linux import channel, identity
from nsdoc.backends.linux.agent import Agent
from nsdoc.backends.linux.syscalls import clone
from nsdoc.errors import Unavailable

_MOST_DESCRIPTORS = 1 << 20

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol, TypeAlias

    Identity: TypeAlias = tuple[int | None, int | None, Sequence[int], int | None]

    class Nursery(Protocol):
        """What forks agents, in the PID namespace of the example."""

        def spawn(self, who: Identity) -> tuple[int, int]:
            """Fork an agent: the controller's end of its channel, and its PID as `pid` gives it.

            Raises:
                Unavailable: the host does not let the caller take that identity.
            """

        def pid(self, fd: int) -> int:
            """The PID, in the example's PID namespace, of the agent behind a channel."""

        def reap(self, pid: int) -> None:
            """Do what init does when a process that it started ends; others are reaped by their parents."""

        def close(self) -> None:
            """Give back what the nursery holds."""


class LocalNursery:
    """Forks agents from the calling process, which must be small and without threads."""

    def spawn(self, who: Identity) -> tuple[int, int]:
        """See `Nursery.spawn`."""
        identity.check(*who)
        mine, pid = _fork(who)
        return _confirmed(mine, channel.receive(mine)), pid

    def pid(self, fd: int) -> int:
        """See `Nursery.pid`."""
        return channel.peer(fd)

    def reap(self, pid: int) -> None:
        """See `Nursery.reap`."""
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            return

    def close(self) -> None:
        """See `Nursery.close`."""


class RemoteNursery:
    """Has agents forked by a `Host`, for a caller that is too big or has threads."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def spawn(self, who: Identity) -> tuple[int, int]:
        """See `Nursery.spawn`."""
        channel.send(self._fd, ("spawn", who))
        answer, fd = channel.receive_descriptor(self._fd)
        if fd is None:
            raise Unavailable(answer)
        moved = channel.aside(fd)
        return _confirmed(moved, channel.receive(moved)), answer

    def pid(self, fd: int) -> int:
        """See `Nursery.pid`."""
        channel.send_descriptor(self._fd, fd, ("pid", ()))
        return int(channel.receive(self._fd))

    def reap(self, pid: int) -> None:
        """See `Nursery.reap`."""
        channel.send(self._fd, ("reap", pid))
        channel.receive(self._fd)

    def close(self) -> None:
        """See `Nursery.close`."""
        os.close(self._fd)


class Host:
    """The first process of an example whose controller is elsewhere."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._nursery = LocalNursery()

    def serve(self) -> None:
        """Fork agents until the controller is gone; does not return."""
        try:
            while True:
                (request, argument), fd = channel.receive_descriptor(self._fd)
                self._answer(request, argument, fd)
        finally:
            os._exit(0)

    def _answer(self, request: str, argument: Any, fd: int | None) -> None:
        if request == "spawn":
            self._spawn(argument)
        elif request == "reap":
            self._nursery.reap(argument)
            channel.send(self._fd, None)
        elif fd is not None:
            channel.send(self._fd, self._nursery.pid(fd))
            os.close(fd)

    def _spawn(self, who: Identity) -> None:
        try:
            identity.check(*who)
        except Unavailable as refusal:
            channel.send(self._fd, str(refusal))
            return
        fd, pid = _fork(who)
        channel.send_descriptor(self._fd, fd, pid)
        os.close(fd)


def _fork(who: Identity) -> tuple[int, int]:
    """Fork an agent: the controller's end of its channel, and its PID."""
    mine, theirs = channel.pair()
    pid = clone(0)
    if pid == 0:
        _begin(theirs, who)
    os.close(theirs)
    return mine, pid


def _begin(fd: int, who: Identity) -> None:
    """The life of an agent; does not return."""
    try:
        # As a program that a shell started: with 0, 1 and 2, and here its channel.
        os.closerange(3, fd)
        os.closerange(fd + 1, _MOST_DESCRIPTORS)
        identity.assume(*who)
        channel.send(fd, 0)
        Agent(fd).serve()
    except OSError as error:
        channel.send(fd, error.errno)
    finally:
        os._exit(70)


def _confirmed(fd: int, refusal: int) -> int:
    if not refusal:
        return fd
    os.close(fd)
    raise Unavailable(f"the kernel refused that identity: {os.strerror(refusal)}")
