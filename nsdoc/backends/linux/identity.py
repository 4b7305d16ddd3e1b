"""Taking on the identity that `Kernel.process` asks for."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux.calls import identity
from nsdoc.backends.linux.calls.life import prctl
from nsdoc.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def check(uid: int | None, gid: int | None, groups: Sequence[int], caps: int | None) -> None:
    """See whether the caller can take an identity.

    Raises:
        Unavailable: it cannot; the message says why.
    """
    if os.geteuid() == 0:
        return
    if uid not in (None, os.getuid()) or gid not in (None, os.getgid()):
        raise Unavailable(f"a process with user ID {uid} and group ID {gid} needs root, and this is {_own()}")
    if uid is not None and set(groups) != set(os.getgroups()) - {os.getgid()}:
        raise Unavailable(f"a process with the groups {list(groups)} needs root, and this is {_own()}")
    if caps:
        raise Unavailable(f"a process that keeps capabilities needs root, and this is {_own()}")


def assume(uid: int | None, gid: int | None, groups: Sequence[int], caps: int | None) -> None:
    """Become that process: IDs, groups and capabilities, and the owner of one's own files in /proc.

    Raises:
        OSError: the kernel refused.
    """
    if uid is not None and gid is not None and os.geteuid() == 0:
        if caps:
            prctl(abi.PR_SET_KEEPCAPS, 1, 0, 0, 0)
        identity.setgroups(tuple(groups))
        identity.setresgid(gid, gid, gid)
        identity.setresuid(uid, uid, uid)
        prctl(abi.PR_SET_KEEPCAPS, 0, 0, 0, 0)
    if caps is not None:
        identity.capset(caps, caps, 0)
    # A process that changed its IDs is not dumpable, and its files in /proc are root's, proc(5).
    # One that was started under its IDs, as by login(1), is dumpable: so shall this one be.
    prctl(abi.PR_SET_DUMPABLE, 1, 0, 0, 0)


def _own() -> str:
    return f"user ID {os.getuid()}"
