"""Processes, signals, tracing, limits and priorities."""

from __future__ import annotations

from struct import pack

from nsdoc.backends.linux.request import Request, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent

_INFINITY = 0xFFFFFFFFFFFFFFFF
_LIMITS = "<2Q"
# The size of siginfo_t.
_SIGINFO = 128


def exit(agent: Agent, status: int) -> None:
    agent.syscall("exit_group", status)


def execve(agent: Agent, path: str, argv: tuple[str, ...] | None, env: tuple[tuple[str, str], ...]) -> None:
    agent.execute(path, argv, tuple(f"{name}={value}" for name, value in env))


def getpid(agent: Agent) -> int:
    return agent.syscall("getpid")


def getppid(agent: Agent) -> int:
    return agent.syscall("getppid")


def getsid(agent: Agent, pid: int) -> int:
    return agent.syscall("getsid", pid)


def setsid(agent: Agent) -> int:
    return agent.syscall("setsid")


def waitpid(agent: Agent, pid: int, options: int) -> tuple[int, int]:
    status = Room(4)
    found = agent.syscall("wait4", pid, status, options, None)
    return found, status.word() if found else 0


def waitid(agent: Agent, idtype: int, id: int, options: int) -> tuple[int, ...] | None:
    told = Room(_SIGINFO)
    agent.syscall("waitid", idtype, id, told, options, None)
    # With WNOHANG and no child that has ended nothing is told.
    return _told(told) if told.word() else None


def sigprocmask(agent: Agent, how: int, signals: tuple[int, ...]) -> tuple[int, ...]:
    old = Room(8)
    agent.syscall("rt_sigprocmask", how, _signal_set(signals), old, 8)
    return tuple(number for number in range(1, 65) if old.word(0, 8) >> number - 1 & 1)


def sigtimedwait(agent: Agent, signals: tuple[int, ...]) -> tuple[int, ...]:
    told = Room(_SIGINFO)
    agent.syscall("rt_sigtimedwait", _signal_set(signals), told, bytes(16), 8)
    return _told(told)


def _signal_set(signals: tuple[int, ...]) -> bytes:
    return pack("<Q", sum(1 << number - 1 for number in set(signals)))


def _told(info: Room) -> tuple[int, ...]:
    """The number, the code, the PID, the user ID and the status of a siginfo_t."""
    return tuple(info.word(at) for at in (0, 8, 16, 20, 24))


def prctl(agent: Agent, option: int, arg2: int, arg3: int, arg4: int, arg5: int) -> int:
    return agent.syscall("prctl", option, arg2, arg3, arg4, arg5)


def kill(agent: Agent, pid: int, signal: int) -> None:
    agent.syscall("kill", pid, signal)


def ptrace(agent: Agent, request: int, pid: int, addr: int, data: int) -> int:
    return agent.syscall("ptrace", request, pid, addr, data)


def pidfd_open(agent: Agent, pid: int, flags: int) -> int:
    return agent.syscall("pidfd_open", pid, flags)


def pidfd_getfd(agent: Agent, pidfd: int, fd: int, flags: int) -> int:
    return agent.syscall("pidfd_getfd", pidfd, fd, flags)


def pidfd_send_signal(agent: Agent, pidfd: int, signal: int, flags: int) -> None:
    agent.syscall("pidfd_send_signal", pidfd, signal, None, flags)


def process_vm_readv(agent: Agent, pid: int, where: int, length: int) -> bytes:
    request = Request()
    memory = Room(length)
    local = request.put(pack("<2Q", request.room(memory), length))
    remote = request.put(pack("<2Q", where, length))
    request.add("process_vm_readv", pid, local, 1, remote, 1, 0)
    got = agent.make(request)
    return memory.raw[:got]


def prlimit(agent: Agent, pid: int, resource: int, limits: tuple[int, int] | None) -> tuple[int, int]:
    old = Room(16)
    new = None if limits is None else pack(_LIMITS, *(value & _INFINITY for value in limits))
    agent.syscall("prlimit64", pid, resource, new, old)
    return _limit(old.word(0, 8)), _limit(old.word(8, 8))


def _limit(value: int) -> int:
    return -1 if value == _INFINITY else value


def getpriority(agent: Agent, which: int, who: int) -> int:
    # The raw call returns 20 - nice, so that no value looks like an error, getpriority(2).
    return 20 - agent.syscall("getpriority", which, who)


def setpriority(agent: Agent, which: int, who: int, priority: int) -> None:
    agent.syscall("setpriority", which, who, priority)


CALLS = (
    exit, execve, getpid, getppid, getsid, setsid, waitpid, waitid, sigprocmask, sigtimedwait, prctl, kill,
    ptrace, pidfd_open, pidfd_getfd, pidfd_send_signal, process_vm_readv, prlimit, getpriority, setpriority,
)  # fmt: skip
