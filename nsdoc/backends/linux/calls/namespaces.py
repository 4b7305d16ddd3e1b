"""namespaces(7), ioctl_nsfs(2) and the names of a UTS namespace."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux.syscalls import buffer, path, syscall

_SIZE = 16
_WORD = 4
# struct new_utsname of linux/utsname.h.
_FIELD, _FIELDS, _NODE, _DOMAIN = 65, 6, 1, 5
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
    if request == abi.NS_MNT_GET_INFO:
        return _mount_count(fd, request)
    return syscall("ioctl", fd, request, arg)


def _mount_count(fd: int, request: int) -> int:
    # struct mnt_ns_info of linux/nsfs.h: its size, the number of mounts, the ID of the namespace.
    memory = buffer(_SIZE)
    syscall("ioctl", fd, request, memory)
    return int.from_bytes(memory.raw[_WORD : 2 * _WORD], "little")


def gethostname() -> str:
    return _name(_NODE)


def sethostname(name: str) -> None:
    data = path(name)
    syscall("sethostname", data, len(data))


def getdomainname() -> str:
    return _name(_DOMAIN)


def setdomainname(name: str) -> None:
    data = path(name)
    syscall("setdomainname", data, len(data))


def _name(which: int) -> str:
    """A field of uname(2), which, unlike /proc, is there wherever the root directory is."""
    fields = buffer(_FIELDS * _FIELD)
    syscall("uname", fields)
    return os.fsdecode(fields.raw[which * _FIELD : (which + 1) * _FIELD].partition(b"\0")[0])


def _written(fd: int, request: int, size: int) -> int:
    memory = buffer(_SIZE)
    syscall("ioctl", fd, request, memory)
    return int.from_bytes(memory.raw[:size], "little")


CALLS = (unshare, setns, ioctl, gethostname, sethostname, getdomainname, setdomainname)
