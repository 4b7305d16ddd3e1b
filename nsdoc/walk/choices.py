"""What the steps of a walk choose from."""

from __future__ import annotations

from typing import Final

from nsdoc import abi

IDS: Final = (0, 0, 1, 5, 1000, 1000, 1001, 2000, 100000, 100005, 65534, -1)
KINDS: Final = (
    abi.CLONE_NEWUSER,
    abi.CLONE_NEWNS,
    abi.CLONE_NEWUTS,
    abi.CLONE_NEWIPC,
    abi.CLONE_NEWPID,
    abi.CLONE_NEWNET,
    abi.CLONE_NEWCGROUP,
)
NS_NAMES: Final = (
    "user",
    "user",
    "user",
    "mnt",
    "uts",
    "ipc",
    "net",
    "pid",
    "cgroup",
    "time",
    "pid_for_children",
)
MAPS: Final = (
    "0 1000 1", "0 1000 1", "0 0 1", "0 0 10", "0 100000 65536", "5 1000 1", "1000 1000 1", "0 0 4294967295",
    "0 1000 1\n1 100000 10", "0 1001 1", "0 1 1", "0 5 1", "0 1000 2", "1 0 1\n0 1000 1", "0 0 1\n",
    "", "0", "0 0 0", "a b c", "0 0 1\n\n", "0 0 1\n0 5 1", "0 4294967295 1", "-1 0 1", "0 0 4294967296",
    "\n0 0 1",
    "0 0 1\0junk", " 0\t1000  1  ", "0 1000 1\n2 1000 1", "4294967294 1000 1", "4294967294 1000 2",
)  # fmt: skip
WORDS: Final = (
    "deny",
    "deny",
    "deny",
    "allow",
    "deny\n",
    "allow ",
    "DENY",
    "",
    "deny   \n",
    "denyx",
    "deny\0x",
)
NAMES: Final = ("a", "b", "d", "d/e", "d/f", "link", "tree", "prog")
CAPS: Final = tuple(range(41))
IDENTITIES: Final = (
    (None, None, (), None), (0, 0, (), None), (1000, 1000, (), None), (1000, 1000, (1000, 2000), None),
    (1001, 1001, (1000,), None), (1000, 1000, (), 1 << abi.CAP_SETUID | 1 << abi.CAP_SETGID),
    (1000, 1000, (), 1 << abi.CAP_SYS_ADMIN), (1000, 1001, (0,), 1 << abi.CAP_SETFCAP | 1 << abi.CAP_SETUID),
)  # fmt: skip
PLACES: Final = ("d", "d", "tree", "tree", "d/e", ".", "/proc", "/", "a")
# Never the root: a remount of it would reach the filesystem of the host.
OWN: Final = ("d", "d", "tree", "tree", "d/e", ".", "a")
