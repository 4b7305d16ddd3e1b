"""credentials(7) and capabilities(7).

The set*id calls are raw: libc would make them in every thread, and Python checks the range of an ID.
"""

from __future__ import annotations

from os import getegid, geteuid, getgid, getgroups, getresgid, getresuid, getuid

from nsdoc.backends.linux.syscalls import buffer, syscall

# _LINUX_CAPABILITY_VERSION_3 of linux/capability.h, with pid 0: the caller.
_CAP_HEADER = (0x20080522).to_bytes(4, "little") + bytes(4)
_WORD = 4


def setuid(uid: int) -> None:
    syscall("setuid", uid)


def setgid(gid: int) -> None:
    syscall("setgid", gid)


def setreuid(ruid: int, euid: int) -> None:
    syscall("setreuid", ruid, euid)


def setregid(rgid: int, egid: int) -> None:
    syscall("setregid", rgid, egid)


def setresuid(ruid: int, euid: int, suid: int) -> None:
    syscall("setresuid", ruid, euid, suid)


def setresgid(rgid: int, egid: int, sgid: int) -> None:
    syscall("setresgid", rgid, egid, sgid)


def setfsuid(fsuid: int) -> int:
    return syscall("setfsuid", fsuid) & 0xFFFFFFFF


def setfsgid(fsgid: int) -> int:
    return syscall("setfsgid", fsgid) & 0xFFFFFFFF


def setgroups(groups: tuple[int, ...]) -> None:
    words = b"".join((group & 0xFFFFFFFF).to_bytes(_WORD, "little") for group in groups)
    syscall("setgroups", len(groups), words)


def capget() -> tuple[int, int, int]:
    data = buffer(6 * _WORD)
    syscall("capget", _CAP_HEADER, data)
    words = [int.from_bytes(data.raw[at : at + _WORD], "little") for at in range(0, 6 * _WORD, _WORD)]
    low, high = words[:3], words[3:]
    return low[0] | high[0] << 32, low[1] | high[1] << 32, low[2] | high[2] << 32


def capset(effective: int, permitted: int, inheritable: int) -> None:
    sets = (effective, permitted, inheritable)
    low = b"".join((mask & 0xFFFFFFFF).to_bytes(_WORD, "little") for mask in sets)
    high = b"".join((mask >> 32 & 0xFFFFFFFF).to_bytes(_WORD, "little") for mask in sets)
    syscall("capset", _CAP_HEADER, low + high)


CALLS = (
    getuid, geteuid, getgid, getegid, getresuid, getresgid, getgroups,
    setuid, setgid, setreuid, setregid, setresuid, setresgid, setfsuid, setfsgid, setgroups, capget, capset,
)  # fmt: skip
