"""What each call of a process is in system calls: functions named as the methods of `nsdoc.Process`.

They take an agent and the arguments of the method, and give plain values.
They raise OSError when the kernel refuses, and `channel.Closed` when the agent has ended.
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

CALLS: Mapping[str, Callable[..., Any]] = {
    function.__name__: function for module in _MODULES for function in module.CALLS
}
"""The calls by name, without those that make a process, which are in `birth`."""
