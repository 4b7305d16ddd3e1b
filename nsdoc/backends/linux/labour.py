"""How an agent makes another.

A new process is introduced by its parent:
the parent makes a pair of sockets, keeps one for the child to serve,
and hands the other to the controller with SCM_RIGHTS, so that nobody has to route the child's messages.
"""

from __future__ import annotations

import os
from struct import pack

from nsdoc import abi
from nsdoc.backends.linux import channel
from nsdoc.backends.linux.agent import Agent, checked
from nsdoc.backends.linux.machine import LOAD, NEED, SAVE, USE
from nsdoc.backends.linux.request import Request, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_F_DUPFD_CLOEXEC = 1030
# Which of the calls of a labour moves the descriptor of the new channel, and which makes the process.
_MOVED, _BORN = 1, 3


class Labour:
    """A process on its way: the agent has been asked for it, and has not been heard yet."""

    def __init__(self, agent: Agent, call: Callable[[Request], None], *, shared: bool = False) -> None:
        """Ask for a process by the call that `call` adds.

        With `shared`, its descriptors are also its parent's, CLONE_FILES.

        Raises:
            Closed: the agent has ended.
        """
        self._agent = agent
        self._call = call
        self._shared = shared
        self._begin(channel.ABOVE)

    def delivered(self) -> tuple[Agent, Request]:
        """The agent that has been made, and its first request.

        The agent's PID is at first as its maker sees it.
        The request begins with getpid(2), and closes what the process has from its parent.

        Raises:
            OSError: the call failed.
            Closed: the maker has ended.
        """
        fd, results = self._result()
        if results[0] == 0 and results[_MOVED] < 0:
            # The limit of descriptors leaves no room above: the new ones stay where they are.
            self._close_ends()
            self._begin(0)
            fd, results = self._result()
        failure = min(results)
        if failure < 0:
            self._give_up(fd, results)
        checked(failure)
        if fd is None:
            raise channel.Closed
        leftovers = () if self._shared else (self._agent.served, self._ends.word())
        return Agent(fd, results[_BORN], results[_MOVED]), _first_request(leftovers)

    def _begin(self, above: int) -> None:
        """Ask for a channel whose served end has at least that number, and for a process that serves it.

        The first end goes to the controller.
        The second is moved out of the way of the descriptors that an example sees.
        """
        self._request, self._ends = Request(), Room(8)
        message, ends = _message_with(self._request, self._ends)
        add = self._request.add
        add("socketpair", abi.AF_UNIX, channel.TYPE, 0, ends, flags=NEED)
        add("fcntl", ends + 4, _F_DUPFD_CLOEXEC, above, flags=LOAD | SAVE | NEED)
        add("close", ends + 4, flags=LOAD)
        self._call(self._request)
        add("sendmsg", self._agent.served, message, 0)
        add("close", ends, flags=LOAD)
        if not self._shared:
            add("close", 0, flags=USE)
        self._agent.ask(self._request)

    def _result(self) -> tuple[int | None, tuple[int, ...]]:
        """The controller's end of the new channel, and what the calls returned."""
        self._agent.wait()
        reply, fd = channel.receive_with(self._agent.fd, self._request.reply_size)
        if fd is not None:
            reply = channel.receive(self._agent.fd, self._request.reply_size)
        return fd, self._request.results(reply)

    def _give_up(self, fd: int | None, results: tuple[int, ...]) -> None:
        if fd is not None:
            os.close(fd)
        if results[0] == 0 and results[_MOVED] < 0:
            self._close_ends()

    def _close_ends(self) -> None:
        for end in self._ends.words(2):
            self._agent.syscall("close", end)


def _first_request(leftovers: tuple[int, ...]) -> Request:
    """What a new process has to do: to close what it has from its parent, and to answer."""
    request = Request()
    request.add("getpid")
    for fd in leftovers:
        request.add("close", fd)
    return request


def _message_with(request: Request, descriptor: Room) -> tuple[int, int]:
    """The address of a struct msghdr that sends a byte and what will stand in a room, and that of the room.

    See sendmsg(2) and cmsg(3).
    """
    control = request.put(pack("<Qii", 20, abi.SOL_SOCKET, abi.SCM_RIGHTS))
    where = request.room(descriptor)
    byte = request.put(b"\0")
    vector = request.put(pack("<QQ", byte, 1))
    return request.put(pack("<QQQQQQQ", 0, 0, vector, 1, control, 24, 0)), where
