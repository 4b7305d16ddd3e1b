"""namespaces(7), ioctl_nsfs(2) and the names of a UTS namespace."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux.request import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent

# struct new_utsname of linux/utsname.h.
_FIELD, _FIELDS, _NODE, _DOMAIN = 65, 6, 1, 5
# The requests that write to where their argument points: offset and size of what they are asked for.
# NS_MNT_GET_INFO fills struct mnt_ns_info of linux/nsfs.h: its size, the number of mounts, an ID.
_WRITE = {
    abi.NS_GET_OWNER_UID: (0, 4),
    abi.NS_GET_MNTNS_ID: (0, 8),
    abi.NS_GET_ID: (0, 8),
    abi.NS_MNT_GET_INFO: (4, 4),
}
_SIZE = 16


def unshare(agent: Agent, flags: int) -> None:
    agent.syscall("unshare", flags)


def setns(agent: Agent, fd: int, nstype: int) -> None:
    agent.syscall("setns", fd, nstype)


def ioctl(agent: Agent, fd: int, request: int, arg: int) -> int:
    if request not in _WRITE:
        return agent.syscall("ioctl", fd, request, arg)
    written = Room(_SIZE)
    agent.syscall("ioctl", fd, request, written)
    return written.word(*_WRITE[request])


def gethostname(agent: Agent) -> str:
    return _name(agent, _NODE)


def sethostname(agent: Agent, name: str) -> None:
    agent.syscall("sethostname", name, len(os.fsencode(name)))


def getdomainname(agent: Agent) -> str:
    return _name(agent, _DOMAIN)


def setdomainname(agent: Agent, name: str) -> None:
    agent.syscall("setdomainname", name, len(os.fsencode(name)))


def _name(agent: Agent, which: int) -> str:
    """A field of uname(2), which, unlike /proc, is there wherever the root directory is."""
    fields = Room(_FIELDS * _FIELD)
    agent.syscall("uname", fields)
    return os.fsdecode(fields.raw[which * _FIELD : (which + 1) * _FIELD].partition(b"\0")[0])


CALLS = (unshare, setns, ioctl, gethostname, sethostname, getdomainname, setdomainname)
