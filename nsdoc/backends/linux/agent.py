"""An agent as its controller sees it: a process that makes calls on request."""

from __future__ import annotations

import os
from struct import pack

from nsdoc import abi
from nsdoc.backends.linux import channel, machine
from nsdoc.backends.linux.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.linux.request import Argument

_F_SETFD, _FD_CLOEXEC = 2, 1


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
        self.ask(request)
        return self.answer(request)

    def ask(self, request: Request) -> None:
        """Begin to have the calls of a request made.

        Raises:
            Closed: the agent has ended.
        """
        channel.send(self.fd, request.message())

    def answer(self, request: Request) -> tuple[int, ...]:
        """Wait until the calls have been made that were asked for: what `perform` returns.

        Raises:
            Closed: the agent has ended.
        """
        return request.results(self._receive(request))

    def succeed(self, request: Request) -> tuple[int, ...]:
        """Have the calls of a request made, each of which has to succeed: what they returned.

        Raises:
            OSError: one failed.
            Closed: the agent has ended.
        """
        return tuple(map(checked, self.perform(request)))

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
        self.ask(request)
        reply = self._receive(request)
        if reply != machine.GREETING:
            checked(request.results(reply)[1])

    def _receive(self, request: Request) -> bytes:
        self.wait()
        return channel.receive(self.fd, request.reply_size)

    def wait(self) -> None:
        """Where the channel cannot tell that the agent has ended, wait until it has answered or ended."""
        if self.alive is not None:
            channel.wait(self.fd, self.alive)


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
