"""The controller's side of the live kernel: agents behind channels."""

from __future__ import annotations

import os

from nsdoc.backends.linux import channel, execution, features
from nsdoc.backends.linux.agent import BIRTHS, DEFECT, REFUSED
from nsdoc.errors import ProcessGone, Unavailable
from nsdoc.trace import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from nsdoc.backends.linux.nursery import Nursery
    from nsdoc.backends.linux.site import Site


class Handle:
    """One agent: the controller's end of its channel, and the PID that the controller sees."""

    __slots__ = ("fd", "pid")

    def __init__(self, fd: int, pid: int) -> None:
        self.fd = fd
        self.pid = pid


class LinuxBackend:
    """The running kernel.

    The first agents come from a nursery, all others are forked by agents.
    """

    name = "linux"

    def __init__(self, site: Site, nursery: Nursery) -> None:
        self._site = site
        self._nursery = nursery
        self._handles: list[Handle] = []
        self._bundle = b""

    @property
    def release(self) -> str:
        """The kernel's release, uname(2)."""
        return os.uname().release

    @property
    def scratch(self) -> str:
        """The directory in which agents start."""
        return self._site.scratch

    @property
    def program(self) -> str:
        """The interpreter that an agent executes."""
        return self._site.program

    @property
    def last_cap(self) -> int:
        """The highest capability number, /proc/sys/kernel/cap_last_cap."""
        with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
            return int(file.read())

    def supports(self, feature: str) -> bool:
        """Whether this host can show `feature`, found by trying it in a child.

        Raises:
            ValueError: no such feature is known.
        """
        return features.supported(feature, self._site)

    def spawn(self, uid: int | None, gid: int | None, groups: Sequence[int], caps: int | None) -> Handle:
        """Fork an agent with an identity; see `nsdoc.backend.Backend.spawn`."""
        try:
            fd, pid = self._nursery.spawn((uid, gid, tuple(groups), caps))
        except channel.Closed:
            raise Unavailable("a new process ended before it could answer") from None
        return self._keep(fd, pid)

    def call(self, task: Handle, name: str, args: tuple[Any, ...]) -> Outcome:
        """Make one call in an agent; see `nsdoc.backend.Backend.call`."""
        if task.fd < 0:
            raise ProcessGone(f"{name}(): process {task.pid} has ended")
        if name == "execve":
            args = (*args, self._modules(), self._site.home)
        try:
            channel.send(task.fd, (name, args))
            if name in BIRTHS:
                return self._birth(task)
            errno, value = channel.receive(task.fd)
        except channel.Closed:
            return self._end(task, name, args)
        return _outcome(errno, value)

    def pids(self) -> frozenset[int]:
        """The agents, as the controller sees them."""
        return frozenset(handle.pid for handle in self._handles)

    def close(self) -> None:
        """Close every channel; an agent that waits for a request then ends."""
        for handle in self._handles:
            _close(handle)
        self._handles.clear()
        self._nursery.close()

    def _birth(self, task: Handle) -> Outcome:
        (errno, value), fd = channel.receive_descriptor(task.fd)
        if fd is None:
            return _outcome(errno, value)
        moved = channel.aside(fd)
        return Outcome(0, self._keep(moved, self._nursery.pid(moved)))

    def _end(self, task: Handle, name: str, args: tuple[Any, ...]) -> Outcome:
        """An agent that ended at a call: as it was asked to, by exit or execve, or against expectation."""
        _close(task)
        self._nursery.reap(task.pid)
        if name == "exit" or (name == "execve" and args[1] is not None):
            return Outcome(0, None)
        if name == "execve":
            raise Unavailable("execve(): the program does not answer; only kernel.program or a copy does")
        raise ProcessGone(f"{name}(): process {task.pid} has ended")

    def _keep(self, fd: int, pid: int) -> Handle:
        handle = Handle(fd, pid)
        self._handles.append(handle)
        return handle

    def _modules(self) -> bytes:
        self._bundle = self._bundle or execution.bundle_of_modules()
        return self._bundle


def _close(handle: Handle) -> None:
    if handle.fd >= 0:
        os.close(handle.fd)
        handle.fd = -1


def _outcome(errno: int, value: Any) -> Outcome:
    if errno == REFUSED:
        raise Unavailable(value)
    if errno == DEFECT:
        raise TypeError(value)
    return Outcome(errno, value)
