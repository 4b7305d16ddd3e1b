"""Where the first agents of an example come from."""

from __future__ import annotations

import marshal
import os
import resource
import select

from nsdoc import abi
from nsdoc.backends.linux import channel, identity, machine
from nsdoc.backends.linux.agent import Agent
from nsdoc.backends.linux.request import Request
from nsdoc.backends.linux.syscalls import syscall
from nsdoc.errors import Unavailable

# More than a reply that carries no data.
_SHORT = 1024

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from nsdoc.backends.linux.identity import Identity

    class Nursery(Protocol):
        """What starts agents, in the PID namespace of the example."""

        def spawn(self, who: Identity) -> Agent:
            """Start an agent.

            Raises:
                Unavailable: the host does not let the caller take that identity, or start a process.
            """

        def unshare(self, flags: int) -> None:
            """Have the agents that are started from now on in new namespaces.

            Raises:
                Unavailable: the kernel refused.
            """

        def introduce(self, agent: Agent, request: Request) -> int:
            """Have a new agent do what its first request says: its PID in the example's PID namespace.

            Raises:
                Closed: the agent has ended.
            """

        def alive(self, pid: int) -> bool:
            """Whether a process has not ended."""

        def reap(self, pid: int) -> None:
            """Do what init does when a process that it started ends; others are reaped by their parents."""

        def close(self) -> None:
            """Give back what the nursery holds."""


def introduced(fd: int, message: bytes) -> int:
    """Send a process its first request: its PID in the caller's PID namespace.

    Raises:
        Closed: the process has ended.
    """
    channel.ask_for_sender(fd)
    channel.send(fd, message)
    return channel.receive_sender(fd, _SHORT)[1]


class LocalNursery:
    """Starts agents as children of the calling process."""

    def __init__(self, program: str) -> None:
        """`program` is the file with the program of `nsdoc.backends.linux.machine`."""
        self._program = program

    def spawn(self, who: Identity) -> Agent:
        """See `Nursery.spawn`."""
        identity.check(who)
        agent = self._start()
        try:
            if channel.receive(agent.fd) != machine.GREETING:
                raise Unavailable("a new process answers in another language")
            request = Request()
            identity.assume(request, who)
            agent.succeed(request)
        except channel.Closed:
            raise Unavailable("a new process ended before it could answer") from None
        except OSError as refusal:
            raise Unavailable(f"the kernel refused that identity: {refusal.strerror}") from None
        return agent

    def _start(self) -> Agent:
        mine, theirs = channel.pair()
        served = min(channel.ABOVE, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1)
        try:
            pid = os.posix_spawn(
                self._program,
                # The second argument is for who looks at processes, see `nsdoc.backend.Ground.fork`.
                [str(served), self._program],
                {},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs, served)],
                # Python ignores these, and a process of an example shall not.
                setsigdef=[abi.SIGPIPE, abi.SIGXFSZ],
            )
        except OSError as error:
            os.close(mine)
            raise Unavailable(f"no process can be started: {error.strerror}") from None
        finally:
            os.close(theirs)
        return Agent(mine, pid, served)

    def unshare(self, flags: int) -> None:
        """See `Nursery.unshare`."""
        try:
            syscall("unshare", flags)
        except OSError as refusal:
            raise Unavailable(f"the kernel refused new namespaces: {refusal.strerror}") from None

    def introduce(self, agent: Agent, request: Request) -> int:
        """See `Nursery.introduce`."""
        return introduced(agent.fd, request.message())

    def alive(self, pid: int) -> bool:
        """See `Nursery.alive`."""
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        ended = select.poll()
        ended.register(fd, select.POLLIN)
        alive = not ended.poll(0)
        os.close(fd)
        return alive

    def reap(self, pid: int) -> None:
        """See `Nursery.reap`."""
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            return

    def close(self) -> None:
        """See `Nursery.close`."""


class RemoteNursery:
    """Has agents started by a `Host`, for a caller that is too big or has threads."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def spawn(self, who: Identity) -> Agent:
        """See `Nursery.spawn`."""
        channel.send(self._fd, marshal.dumps(("spawn", who)))
        message, fd = channel.receive_with(self._fd)
        answer = marshal.loads(message)
        if fd is None:
            raise Unavailable(answer)
        return Agent(fd, *answer)

    def unshare(self, flags: int) -> None:
        """See `Nursery.unshare`."""
        channel.send(self._fd, marshal.dumps(("unshare", flags)))
        refusal: str = marshal.loads(channel.receive(self._fd))
        if refusal:
            raise Unavailable(refusal)

    def introduce(self, agent: Agent, request: Request) -> int:
        """See `Nursery.introduce`."""
        channel.send_with(self._fd, agent.fd, marshal.dumps(("introduce", request.message())))
        pid: int = marshal.loads(channel.receive(self._fd))
        return pid

    def alive(self, pid: int) -> bool:
        """See `Nursery.alive`."""
        channel.send(self._fd, marshal.dumps(("alive", pid)))
        alive: bool = marshal.loads(channel.receive(self._fd))
        return alive

    def reap(self, pid: int) -> None:
        """See `Nursery.reap`."""
        channel.send(self._fd, marshal.dumps(("reap", pid)))
        channel.receive(self._fd)

    def close(self) -> None:
        """See `Nursery.close`."""
        os.close(self._fd)


class Host:
    """The first process of an example whose controller is elsewhere."""

    def __init__(self, fd: int, program: str) -> None:
        self._fd = fd
        self._nursery = LocalNursery(program)

    def serve(self) -> None:
        """Start agents until the controller is gone; does not return."""
        try:
            while True:
                message, fd = channel.receive_with(self._fd)
                request, argument = marshal.loads(message)
                self._answer(request, argument, fd)
        finally:
            os._exit(0)

    def _answer(self, request: str, argument: Any, fd: int | None) -> None:
        if request == "spawn":
            self._spawn(argument)
        elif request == "unshare":
            self._unshare(argument)
        elif request == "alive":
            channel.send(self._fd, marshal.dumps(self._nursery.alive(argument)))
        elif request == "reap":
            self._nursery.reap(argument)
            channel.send(self._fd, marshal.dumps(None))
        elif fd is not None:
            channel.send(self._fd, marshal.dumps(introduced(fd, argument)))
            os.close(fd)

    def _unshare(self, flags: int) -> None:
        refusal = ""
        try:
            self._nursery.unshare(flags)
        except Unavailable as error:
            refusal = str(error)
        channel.send(self._fd, marshal.dumps(refusal))

    def _spawn(self, who: Identity) -> None:
        try:
            agent = self._nursery.spawn(who)
        except Unavailable as refusal:
            channel.send(self._fd, marshal.dumps(str(refusal)))
            return
        channel.send_with(self._fd, agent.fd, marshal.dumps((agent.pid, agent.served)))
        agent.close()
