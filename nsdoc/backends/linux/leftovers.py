"""What an example can leave that no namespace of its own holds, and that is taken back after it."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux.channel import Closed
from nsdoc.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from nsdoc.backends.linux.agent import Agent

_LIMITS = "/proc/sys/user"
_LONGEST = 32
# Every other keyring can outlive the processes of an example, keyrings(7).
_SHORT_LIVED = (abi.KEY_SPEC_THREAD_KEYRING, abi.KEY_SPEC_PROCESS_KEYRING)


class Limits:
    """The limits of the caller's own user namespace, /proc/sys/user.

    They hold for the whole host, and root can write them from wherever /proc is mounted:
    making them read-only for an example would do the same to the limits of its own user namespaces.
    """

    def __init__(self) -> None:
        self._kept = tuple(map(_with_value, _writable_limits()))

    def restore(self) -> None:
        """Give each limit the value that it had at the beginning."""
        for fd, value in self._kept:
            if os.pread(fd, _LONGEST, 0) != value:
                os.pwrite(fd, value, 0)


class Links:
    """The keys that an example linked to keyrings that outlive it, such as the user keyring."""

    def __init__(self) -> None:
        self._links: list[tuple[int, int, int]] = []

    def note(self, agent: Agent, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Remember what a call has linked, for `clear`.

        Raises:
            Closed: the agent has ended.
        """
        if name == "add_key":
            self._add(agent, value, args[3])
        elif name == "keyctl" and args[0] == abi.KEYCTL_LINK:
            self._add(agent, args[1], args[2])

    def clear(self, spawn: Callable[[int], Agent]) -> None:
        """Unlink all of it, by new processes of the users: those that linked it can be stopped, or gone."""
        links, self._links = self._links, []
        for uid, key, keyring in reversed(links):
            try:
                spawn(uid).syscall("keyctl", abi.KEYCTL_UNLINK, key, keyring)
            except (OSError, Closed, Unavailable):
                # It is gone already, or was linked within a user namespace that will be.
                continue

    def _add(self, agent: Agent, key: int, keyring: int) -> None:
        if keyring not in _SHORT_LIVED:
            self._links.append((agent.syscall("getuid"), key, keyring))


class Queues:
    """The message queues that an example made in the IPC namespace of the caller, sysvipc(7)."""

    def __init__(self) -> None:
        self._made: list[int] = []

    def there(self) -> frozenset[int]:
        """The queues that there are, by ID, proc_sysvipc(5)."""
        try:
            with open("/proc/sysvipc/msg", encoding="ascii") as file:
                return frozenset(int(line.split()[1]) for line in file.readlines()[1:])
        except OSError:
            return frozenset()

    def note(self, before: frozenset[int], queue: int) -> None:
        """Remember a queue that msgget(2) gave, if it was not there before."""
        if queue not in before:
            self._made.append(queue)

    def clear(self, spawn: Callable[[], Agent]) -> None:
        """Remove those that are still there, by a new process."""
        made, self._made = self._made, []
        for queue in made:
            try:
                spawn().syscall("msgctl", queue, abi.IPC_RMID, 0)
            except (OSError, Closed, Unavailable):
                # The example has removed it.
                continue


def _writable_limits() -> list[int]:
    """Descriptors of the limits that the caller can write: with CAP_SYS_RESOURCE all, otherwise none."""
    try:
        names = sorted(os.listdir(_LIMITS))
        return [os.open(f"{_LIMITS}/{name}", os.O_RDWR | os.O_CLOEXEC) for name in names]
    except OSError:
        return []


def _with_value(fd: int) -> tuple[int, bytes]:
    return fd, os.pread(fd, _LONGEST, 0)
