"""namespaces(7), ioctl_nsfs(2) and the names of a UTS namespace."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux.syscalls import buffer, path, syscall

_SIZE = 16
# The requests that write a 64-bit number to where their argument points.
_WRITE_ID = (abi.NS_GET_MNTNS_ID, abi.NS_GET_ID)


def unshare(flags: int) -> None:
    syscall("unshare", flags)


def setns(fd: int, nstype: int) -> None:
    syscall("setns", fd, nstype)


def ioctl(fd: int, request: int, arg: int) -> int:
    if request == abi.NS_GET_OWNER_UID:
        return _written(fd, request, 4)
    if request in _WRITE_ID:
        return _written(fd, request, 8)
    return syscall("ioctl", fd, request, arg)


def gethostname() -> str:
    return os.uname().nodename


def sethostname(name: str) -> None:
    data = path(name)
    syscall("sethostname", data, len(data))


def getdomainname() -> str:
    with open("/proc/sys/kernel/domainname", "rb") as file:
        return os.fsdecode(file.read().rstrip(b"\n"))


def setdomainname(name: str) -> None:
    data = path(name)
    syscall("setdomainname", data, len(data))


def _written(fd: int, request: int, size: int) -> int:
    memory = buffer(_SIZE)
    syscall("ioctl", fd, request, memory)
    return int.from_bytes(memory.raw[:size], "little")


CALLS = (unshare, setns, ioctl, gethostname, sethostname, getdomainname, setdomainname)
