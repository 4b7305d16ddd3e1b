"""credentials(7) and capabilities(7)."""

from __future__ import annotations

from struct import pack

from nsdoc.backends.linux.request import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent

# _LINUX_CAPABILITY_VERSION_3 of linux/capability.h, with pid 0: the caller.
_CAP_HEADER = pack("<Ii", 0x20080522, 0)
_MOST_GROUPS = 65536
_LOW = 0xFFFFFFFF


def getuid(agent: Agent) -> int:
    return agent.syscall("getuid")


def geteuid(agent: Agent) -> int:
    return agent.syscall("geteuid")


def getgid(agent: Agent) -> int:
    return agent.syscall("getgid")


def getegid(agent: Agent) -> int:
    return agent.syscall("getegid")


def getresuid(agent: Agent) -> tuple[int, ...]:
    return _three(agent, "getresuid")


def getresgid(agent: Agent) -> tuple[int, ...]:
    return _three(agent, "getresgid")


def _three(agent: Agent, name: str) -> tuple[int, ...]:
    real, effective, saved = rooms = (Room(4), Room(4), Room(4))
    agent.syscall(name, real, effective, saved)
    return tuple(room.word() for room in rooms)


def getgroups(agent: Agent) -> tuple[int, ...]:
    count = agent.syscall("getgroups", 0, None)
    groups = Room(4 * count)
    return groups.words(agent.syscall("getgroups", count, groups))


def setuid(agent: Agent, uid: int) -> None:
    agent.syscall("setuid", uid)


def setgid(agent: Agent, gid: int) -> None:
    agent.syscall("setgid", gid)


def setreuid(agent: Agent, ruid: int, euid: int) -> None:
    agent.syscall("setreuid", ruid, euid)


def setregid(agent: Agent, rgid: int, egid: int) -> None:
    agent.syscall("setregid", rgid, egid)


def setresuid(agent: Agent, ruid: int, euid: int, suid: int) -> None:
    agent.syscall("setresuid", ruid, euid, suid)


def setresgid(agent: Agent, rgid: int, egid: int, sgid: int) -> None:
    agent.syscall("setresgid", rgid, egid, sgid)


def setfsuid(agent: Agent, fsuid: int) -> int:
    return agent.syscall("setfsuid", fsuid)


def setfsgid(agent: Agent, fsgid: int) -> int:
    return agent.syscall("setfsgid", fsgid)


def setgroups(agent: Agent, groups: tuple[int, ...]) -> None:
    # More than NGROUPS_MAX are refused by their number, before the kernel reads any.
    agent.syscall("setgroups", len(groups), packed_groups(groups) if len(groups) <= _MOST_GROUPS else None)


def packed_groups(groups: tuple[int, ...]) -> bytes:
    """Groups as setgroups(2) takes them."""
    return pack(f"<{len(groups)}I", *(group & _LOW for group in groups))


def capget(agent: Agent) -> tuple[int, int, int]:
    data = Room(24)
    agent.syscall("capget", _CAP_HEADER, data)
    words = data.words(6)
    return words[0] | words[3] << 32, words[1] | words[4] << 32, words[2] | words[5] << 32


def capset(agent: Agent, effective: int, permitted: int, inheritable: int) -> None:
    agent.syscall("capset", *packed_sets(effective, permitted, inheritable))


def packed_sets(*sets: int) -> tuple[bytes, bytes]:
    """Header and data as capset(2) takes them: the low halves of the three sets, then the high ones."""
    low, high = ([mask >> shift & _LOW for mask in sets] for shift in (0, 32))
    return _CAP_HEADER, pack("<6I", *low, *high)


CALLS = (
    getuid, geteuid, getgid, getegid, getresuid, getresgid, getgroups,
    setuid, setgid, setreuid, setregid, setresuid, setresgid, setfsuid, setfsgid, setgroups, capget, capset,
)  # fmt: skip
