"""Processes, signals, tracing, limits and priorities."""

from __future__ import annotations

from os import getpid, getppid, getsid, waitpid

from nsdoc.backends.linux.syscalls import address, buffer, syscall

_INFINITY = 0xFFFFFFFFFFFFFFFF
_LONG = 8


def prctl(option: int, arg2: int, arg3: int, arg4: int, arg5: int) -> int:
    return syscall("prctl", option, arg2, arg3, arg4, arg5)


def setsid() -> int:
    return syscall("setsid")


def kill(pid: int, signal: int) -> None:
    syscall("kill", pid, signal)


def ptrace(request: int, pid: int, addr: int, data: int) -> int:
    return syscall("ptrace", request, pid, addr, data)


def pidfd_open(pid: int, flags: int) -> int:
    return syscall("pidfd_open", pid, flags)


def pidfd_getfd(pidfd: int, fd: int, flags: int) -> int:
    return syscall("pidfd_getfd", pidfd, fd, flags)


def pidfd_send_signal(pidfd: int, signal: int, flags: int) -> None:
    syscall("pidfd_send_signal", pidfd, signal, None, flags)


def process_vm_readv(pid: int, where: int, length: int) -> bytes:
    memory = buffer(length)
    local = _iovec(address(memory), length)
    got = syscall("process_vm_readv", pid, local, 1, _iovec(where, length), 1, 0)
    return memory.raw[:got]


def prlimit(pid: int, resource: int, limits: tuple[int, int] | None) -> tuple[int, int]:
    old = buffer(2 * _LONG)
    new = None if limits is None else b"".join(_limit(value) for value in limits)
    syscall("prlimit64", pid, resource, new, old)
    soft, hard = (int.from_bytes(old.raw[at : at + _LONG], "little") for at in (0, _LONG))
    return _signed(soft), _signed(hard)


def getpriority(which: int, who: int) -> int:
    # The raw call returns 20 - nice, so that no value looks like an error, getpriority(2).
    return 20 - syscall("getpriority", which, who)


def setpriority(which: int, who: int, priority: int) -> None:
    syscall("setpriority", which, who, priority)


def _iovec(where: int, length: int) -> bytes:
    return where.to_bytes(_LONG, "little") + length.to_bytes(_LONG, "little")


def _limit(value: int) -> bytes:
    return (value & _INFINITY).to_bytes(_LONG, "little")


def _signed(value: int) -> int:
    return -1 if value == _INFINITY else value


CALLS = (
    getpid, getppid, getsid, setsid, waitpid, prctl, kill, ptrace, pidfd_open, pidfd_getfd, pidfd_send_signal,
    process_vm_readv, prlimit, getpriority, setpriority,
)  # fmt: skip
