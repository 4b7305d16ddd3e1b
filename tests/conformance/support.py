"""What the cases share: outcomes as values, and processes in the usual situations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsdoc.abi import CLONE_NEWUSER
from nsdoc.errors import KernelError
from nsdoc.process import Kernel, Process

FULL = (1 << 41) - 1


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """What a call gives: its value, or the name of its error."""
    try:
        return call(*args)
    except KernelError as error:
        return error.name


def alice_of(kernel: Kernel) -> Process:
    """A process without privilege."""
    return kernel.process(uid=1000, gid=1000)


def root_of(kernel: Kernel) -> Process:
    """A process of user 0 in the initial user namespace."""
    return kernel.process(uid=0, gid=0)


def child_of(parent: Process, flags: int = 0) -> Process:
    """A child in a new user namespace without maps."""
    return parent.clone(CLONE_NEWUSER | flags)


def mapped_child_of(
    parent: Process, uids: str = "0 1000 1", gids: str = "0 1000 1", flags: int = 0
) -> Process:
    """A child in a new user namespace with maps."""
    return parent.clone(CLONE_NEWUSER | flags, uid_map=uids, gid_map=gids)


def map_file(process: Process, name: str = "uid_map") -> str:
    """A file of a process in /proc."""
    return f"/proc/{process.pid}/{name}"
