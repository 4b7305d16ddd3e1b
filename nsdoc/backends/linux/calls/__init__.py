"""What an agent does for each call: functions named as the methods of `nsdoc.Process`.

They take and give plain values, and raise OSError when the kernel refuses.
Where `os` makes exactly the system call, `os` is used.
"""

from __future__ import annotations

from nsdoc.backends.linux.calls import (
    files,
    identity,
    ipc,
    keys,
    life,
    mounts,
    namespaces,
    sockets,
    system,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


_MODULES = (files, identity, ipc, keys, life, mounts, namespaces, sockets, system)

# Made once: an agent that made its own would touch, and so copy, the page of every function.
CALLS: Mapping[str, Callable[..., Any]] = {
    function.__name__: function for module in _MODULES for function in module.CALLS
}
"""The calls by name, without those that end or multiply the agent (fork, clone, exit, execve)."""
