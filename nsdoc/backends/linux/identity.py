"""Taking on the identity that `Kernel.process` asks for."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux.calls.identity import packed_groups, packed_sets
from nsdoc.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from nsdoc.backends.linux.request import Request

    # User ID and group ID, supplementary groups, the capabilities to keep.
    Identity: TypeAlias = tuple[int | None, int | None, tuple[int, ...], int | None]


def check(who: Identity) -> None:
    """See whether the caller can take an identity.

    Raises:
        Unavailable: it cannot; the message says why.
    """
    uid, gid, groups, caps = who
    if os.geteuid() == 0:
        return
    if uid not in (None, os.getuid()) or gid not in (None, os.getgid()):
        raise Unavailable(f"a process with user ID {uid} and group ID {gid} needs root, and this is {_own()}")
    if uid is not None and set(groups) != set(os.getgroups()) - {os.getgid()}:
        raise Unavailable(f"a process with the groups {list(groups)} needs root, and this is {_own()}")
    if caps:
        raise Unavailable(f"a process that keeps capabilities needs root, and this is {_own()}")


def assume(request: Request, who: Identity) -> None:
    """Have an agent become that process: IDs, groups and capabilities, and the owner of its files in /proc.

    Each of the calls that are added has to succeed.
    """
    uid, gid, groups, caps = who
    if uid is not None and gid is not None and os.geteuid() == 0:
        request.add("prctl", abi.PR_SET_KEEPCAPS, int(bool(caps)), 0, 0, 0)
        request.add("setgroups", len(groups), packed_groups(groups))
        request.add("setresgid", gid, gid, gid)
        request.add("setresuid", uid, uid, uid)
        request.add("prctl", abi.PR_SET_KEEPCAPS, 0, 0, 0, 0)
    if caps is not None:
        request.add("capset", *packed_sets(caps, caps, 0))
    # A process that changed its IDs is not dumpable, and its files in /proc are root's, proc(5).
    # One that was started under its IDs, as by login(1), is dumpable: so shall this one be.
    request.add("prctl", abi.PR_SET_DUMPABLE, 1, 0, 0, 0)


def _own() -> str:
    return f"user ID {os.getuid()}"
