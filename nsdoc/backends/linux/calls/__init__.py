"""What an agent does for each call: functions named as the methods of `nsdoc.Process`.

They take and give plain values, and raise OSError when the kernel refuses.
Where `os` makes exactly the system call, `os` is used.
"""

from __future__ import annotations

from nsdoc.backends.linux.calls import files, identity, keys, life, mounts, namespaces, sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def table() -> dict[str, Callable[..., Any]]:
    """The calls by name, without those that end or multiply the agent (fork, clone, exit, execve)."""
    modules = (files, identity, keys, life, mounts, namespaces, sockets)
    return {function.__name__: function for module in modules for function in module.CALLS}
