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
from nsdoc.backends.linux.machine import LOAD, NEED, SAVE, USE
from nsdoc.backends.linux.request import Request, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.linux.request import Argument

_SOL_SOCKET, _SCM_RIGHTS = abi.SOL_SOCKET, abi.SCM_RIGHTS
_F_SETFD, _F_DUPFD_CLOEXEC, _FD_CLOEXEC = 2, 1030, 1
# Which of the calls that make a process moves the descriptor of its channel, and which makes it.
_MOVED, _BORN = 1, 3


class Agent:
    """The controller's end of an agent's channel.

    `fd` is that end, `pid` the agent's PID as the example's PID namespace sees it,
    `served` the descriptor of the agent's end, in the agent.
    `strays` tells that its children may not be in the example's own PID namespace, but in one below.
    `alive` tells whether the agent has not ended, where its channel cannot:
    that of a process which shares its descriptors stays open in the others.
    """

    __slots__ = ("alive", "fd", "pid", "served", "strays")

    def __init__(self, fd: int, pid: int, served: int) -> None:
        self.fd = fd
        self.pid = pid
        self.served = served
        self.strays = False
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

    def succeed(self, request: Request) -> tuple[int, ...]:
        """Have the calls of a request made, each of which has to succeed: what they returned.

        Raises:
            OSError: one failed.
            Closed: the agent has ended.
        """
        return tuple(map(checked, self.perform(request)))

    def birth(self, call: Callable[[Request], None], *, shared: bool = False) -> tuple[Agent, Request]:
        """Make a process by the call that `call` adds: its agent, and its first request.

        The agent's PID is at first as its maker sees it.
        The request begins with getpid(2), and closes what the process has from its parent.
        With `shared`, its descriptors are also its parent's, CLONE_FILES.

        Raises:
            OSError: the call failed.
            Closed: the agent has ended.
        """
        # Where the limit of descriptors leaves no room above, new ones stay where they are.
        for above in (channel.ABOVE, 0):
            request, ends = _labour(call, self.served, above, shared=shared)
            fd, results = self._delivery(request)
            theirs, unmoved = ends.words(2)
            if results[0] < 0 or results[_MOVED] >= 0:
                break
            for end in (theirs, unmoved):
                self.syscall("close", end)
        failure = min(results)
        if failure < 0 and fd is not None:
            os.close(fd)
        checked(failure)
        if fd is None:
            raise channel.Closed
        leftovers = () if shared else (self.served, theirs)
        return Agent(fd, results[_BORN], results[_MOVED]), _first_request(leftovers)

    def _delivery(self, request: Request) -> tuple[int | None, tuple[int, ...]]:
        """Have a process made: the controller's end of its channel, and what the calls returned."""
        channel.send(self.fd, request.message())
        self._wait()
        reply, fd = channel.receive_with(self.fd)
        if fd is not None:
            reply = channel.receive(self.fd)
        return fd, request.results(reply)

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


def _labour(
    call: Callable[[Request], None], served: int, above: int, *, shared: bool
) -> tuple[Request, Room]:
    """A request to the agent at `served` that makes a process, and where the ends of its channel will stand.

    The first end goes to the controller.
    The second is moved out of the way of the descriptors that an example sees, and the process serves it.
    """
    request, ends = Request(), Room(8)
    message, where = _message_with(request, ends)
    request.add("socketpair", abi.AF_UNIX, channel.TYPE, 0, where, flags=NEED)
    request.add("fcntl", where + 4, _F_DUPFD_CLOEXEC, above, flags=LOAD | SAVE | NEED)
    request.add("close", where + 4, flags=LOAD)
    call(request)
    request.add("sendmsg", served, message, 0)
    request.add("close", where, flags=LOAD)
    if not shared:
        request.add("close", 0, flags=USE)
    return request, ends


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


def _message_with(request: Request, descriptor: Room) -> tuple[int, int]:
    """The address of a struct msghdr that sends a byte and what will stand in a room, and that of the room.

    See sendmsg(2) and cmsg(3).
    """
    control = request.put(pack("<Qii", 20, _SOL_SOCKET, _SCM_RIGHTS))
    where = request.room(descriptor)
    byte = request.put(b"\0")
    vector = request.put(pack("<QQ", byte, 1))
    return request.put(pack("<QQQQQQQ", 0, 0, vector, 1, control, 24, 0)), where
