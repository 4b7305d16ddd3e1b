"""An agent as its controller sees it: a process that makes calls on request.

A new process is introduced by its parent:
the parent makes a pair of sockets, keeps one for the child to serve,
and hands the other to the controller with SCM_RIGHTS, so that nobody has to route the child's messages.
"""

from __future__ import annotations

import os
from struct import pack

from nsdoc import abi
from nsdoc.backends.linux import channel, machine
from nsdoc.backends.linux.request import Request, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.linux.request import Argument

_SOL_SOCKET, _SCM_RIGHTS = abi.SOL_SOCKET, abi.SCM_RIGHTS
_F_SETFD, _F_DUPFD_CLOEXEC, _FD_CLOEXEC = 2, 1030, 1


class Agent:
    """The controller's end of an agent's channel.

    `fd` is that end, `pid` the agent's PID as the example's PID namespace sees it,
    `served` the descriptor of the agent's end, in the agent.
    `alive` tells whether the agent has not ended, where its channel cannot:
    that of a process which shares its descriptors stays open in the others.
    """

    __slots__ = ("alive", "fd", "pid", "served")

    def __init__(self, fd: int, pid: int, served: int) -> None:
        self.fd = fd
        self.pid = pid
        self.served = served
        self.alive: Callable[[], bool] | None = None

    @property
    def gone(self) -> bool:
        """Whether the channel is closed."""
        return self.fd < 0

    def close(self) -> None:
        """Close the channel; an agent that waits for a request then ends."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def syscall(self, name: str, *arguments: Argument) -> int:
        """Make one system call in the agent: what it returned.

        Raises:
            OSError: it failed; `errno` is Linux's number.
            Closed: the agent has ended.
        """
        request = Request()
        request.add(name, *arguments)
        return self.make(request)

    def make(self, request: Request) -> int:
        """Have the one call of a request made: what it returned.

        Raises:
            OSError: it failed; `errno` is Linux's number.
            Closed: the agent has ended.
        """
        return checked(self.perform(request)[0])

    def perform(self, request: Request) -> tuple[int, ...]:
        """Have the calls of a request made: the result of each as the kernel gives it, an error as -errno.

        Raises:
            Closed: the agent has ended.
        """
        channel.send(self.fd, request.message())
        return request.results(self._receive())

    def birth(self, request: Request, *, shared: bool = False) -> tuple[Agent, Request]:
        """Make a process by the call of a request: its agent, and the first request, which tells its PID.

        With `shared`, its descriptors are also its parent's, CLONE_FILES.

        Raises:
            OSError: the call failed.
            Closed: the agent has ended.
        """
        theirs, mine = self._pair()
        request.birth = mine
        request.add("sendmsg", self.served, _message_with(request, theirs), 0)
        request.add("close", theirs)
        if not shared:
            request.add("close", mine)
        channel.send(self.fd, request.message())
        self._wait()
        fd = channel.receive_descriptor(self.fd)
        result = request.results(channel.receive(self.fd))[0]
        if result < 0:
            os.close(fd)
        checked(result)
        return Agent(fd, 0, mine), _first_request(() if shared else (self.served, theirs))

    def execute(self, path: str, argv: tuple[str, ...] | None, env: tuple[str, ...]) -> None:
        """execve(2); with `argv` None the program is one of `machine`, and the agent goes on.

        Raises:
            OSError: the call failed.
            Closed: the agent is no more, as always with another program.
        """
        request = Request()
        request.add("fcntl", self.served, _F_SETFD, 0 if argv is None else _FD_CLOEXEC)
        words = (str(self.served),) if argv is None else argv
        request.add("execve", path, _strings(request, words), _strings(request, env))
        request.add("fcntl", self.served, _F_SETFD, _FD_CLOEXEC)
        channel.send(self.fd, request.message())
        reply = self._receive()
        if reply != machine.GREETING:
            checked(request.results(reply)[1])

    def _receive(self) -> bytes:
        self._wait()
        return channel.receive(self.fd)

    def _wait(self) -> None:
        """Where the channel cannot tell that the agent has ended, wait until it has answered or ended."""
        if self.alive is not None:
            channel.wait(self.fd, self.alive)

    def _pair(self) -> tuple[int, int]:
        """Two connected sockets of the agent, out of the way of the descriptors that an example sees."""
        ends = self._socketpair()
        request = Request()
        for fd in ends:
            request.add("fcntl", fd, _F_DUPFD_CLOEXEC, channel.ABOVE)
        for fd in ends:
            request.add("close", fd)
        theirs, mine, _, _ = self.perform(request)
        if theirs < 0 or mine < 0:
            # The limit of descriptors leaves no room above: new ones stay where they are.
            return self._socketpair()
        return theirs, mine

    def _socketpair(self) -> tuple[int, int]:
        ends = Room(8)
        self.syscall("socketpair", abi.AF_UNIX, channel.TYPE, 0, ends)
        one, other = ends.words(2)
        return one, other


def _first_request(leftovers: tuple[int, ...]) -> Request:
    """What a new process has to do: to close what it has from its parent, and to answer."""
    request = Request()
    request.add("getpid")
    for fd in leftovers:
        request.add("close", fd)
    return request


def checked(result: int) -> int:
    """A result of a system call.

    Raises:
        OSError: it is an error.
    """
    if -4096 < result < 0:
        raise OSError(-result, abi.errno_text(-result))
    return result


def _strings(request: Request, texts: tuple[str, ...]) -> int:
    """The address of an array of texts that ends in a null pointer, as execve(2) takes it."""
    places = [request.put(os.fsencode(text) + b"\0") for text in texts]
    return request.put(pack(f"<{len(places) + 1}Q", *places, 0))


def _message_with(request: Request, fd: int) -> int:
    """The address of a struct msghdr that sends a byte and a descriptor, sendmsg(2) and cmsg(3)."""
    control = pack("<Qiii4x", 20, _SOL_SOCKET, _SCM_RIGHTS, fd)
    where = request.put(control)
    byte = request.put(b"\0")
    vector = request.put(pack("<QQ", byte, 1))
    return request.put(pack("<QQQQQQQ", 0, 0, vector, 1, where, len(control), 0))
