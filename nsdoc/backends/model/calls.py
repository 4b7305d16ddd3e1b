"""The table of system calls: the name of a `Process` method, and the function that answers it.

Twin: the system call table.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from nsdoc.backends.model import (
    attr,
    chdir,
    commoncap,
    create,
    exec,
    exit,
    fork,
    ipc,
    keyctl,
    mount_api,
    mount_attr,
    mount_calls,
    nsfs,
    open,
    pidfd,
    pipe,
    prctl,
    ptrace_calls,
    read_write,
    resource,
    session,
    setns,
    signal,
    socket,
    sys,
    system,
    umount,
    uts,
    xattr,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MODULES: Final = (
    attr,
    chdir,
    commoncap,
    create,
    exec,
    exit,
    fork,
    mount_api,
    mount_attr,
    mount_calls,
    nsfs,
    ipc,
    keyctl,
    open,
    pidfd,
    pipe,
    prctl,
    ptrace_calls,
    read_write,
    resource,
    session,
    setns,
    signal,
    socket,
    sys,
    system,
    umount,
    uts,
    xattr,
)


@cache
def table() -> Mapping[str, Callable[..., Any]]:
    """Every call that is modelled: the functions named ``sys_`` and the call."""
    found = {}
    for module in _MODULES:
        for name, function in vars(module).items():
            if name.startswith("sys_") and function.__module__ == module.__name__:
                found[name.removeprefix("sys_")] = function
    return MappingProxyType(found)
