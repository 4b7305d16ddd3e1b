"""How an agent makes another.

A new process is introduced by its parent:
the parent makes a pair of sockets, keeps one for the child to serve,
and hands the other to the controller with SCM_RIGHTS, so that nobody has to route the child's messages.
"""

from __future__ import annotations

import os
from functools import lru_cache
from struct import pack

from nsdoc import abi
from nsdoc.backends.linux import channel
from nsdoc.backends.linux.agent import Agent, checked
from nsdoc.backends.linux.machine import BIRTH, LOAD, NEED, SAVE, USE
from nsdoc.backends.linux.request import Request, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    # It adds the call that makes a process, with the flag BIRTH.
    Call: TypeAlias = Callable[[Request], None]

_F_DUPFD_CLOEXEC = 1030
# Which of the calls moves the descriptor of the new channel, and which makes a process.
_MOVED, _BORN = 1, 3


def born(agent: Agent, call: Call, *, shared: bool = False) -> tuple[Agent, Request]:
    """Have a process made by the call that `call` adds: its agent, and its first request.

    The agent's PID is at first as its maker sees it.
    The request begins with getpid(2), and closes what the process has from its parent.
    With `shared`, its descriptors are also its parent's, CLONE_FILES.

    Raises:
        OSError: the call failed.
        Closed: the maker has ended.
    """
    # Where the limit of descriptors leaves no room above, the new ones stay where they are.
    for above in (channel.ABOVE, 0):
        request, ends = _request(call, agent.served, above, shared)
        fd, results = _delivery(agent, request)
        if results[0] < 0 or results[_MOVED] >= 0:
            break
        for end in ends.words(2):
            agent.syscall("close", end)
    failure = min(results)
    if failure < 0 and fd is not None:
        os.close(fd)
    checked(failure)
    if fd is None:
        raise channel.Closed
    leftovers = () if shared else (agent.served, ends.word())
    return Agent(fd, results[_BORN], results[_MOVED]), _first_request(leftovers)


@lru_cache(maxsize=256)
def clone(flags: int) -> Call:
    """What adds clone(2)."""

    def call(request: Request) -> None:
        request.add("clone", flags | abi.SIGCHLD, 0, 0, 0, 0, flags=BIRTH)

    return call


# The same few are made again and again.
@lru_cache(maxsize=256)
def _request(call: Call, served: int, above: int, shared: bool) -> tuple[Request, Room]:
    """A request for a process that serves a new channel, and where the ends of that will stand.

    The first end goes to the controller.
    The second is moved to a descriptor of at least `above`, out of the way of those that an example sees.
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


def _delivery(agent: Agent, request: Request) -> tuple[int | None, tuple[int, ...]]:
    """Have a process made: the controller's end of its channel, and what the calls returned."""
    agent.ask(request)
    agent.wait()
    reply, fd = channel.receive_with(agent.fd, request.reply_size)
    if fd is not None:
        reply = channel.receive(agent.fd, request.reply_size)
    return fd, request.results(reply)


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
