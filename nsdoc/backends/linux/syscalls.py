"""System calls of the calling process that Python's `os` lacks.

ctypes is used in this module and nowhere else.
"""

from __future__ import annotations

import ctypes
import os

from nsdoc.abi import SIGCHLD
from nsdoc.backends.linux.numbers import NUMBERS

# PyDLL keeps the interpreter's lock during the call.  That costs nothing in a process without threads,
# and makes clone(2) safe: the child comes back holding the lock that it needs.
_syscall = ctypes.PyDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long


def syscall(name: str, *args: int | bytes | None) -> int:
    """Make a system call: what it returned, without the wrappers of libc or Python.

    Numbers are passed as 64-bit words, bytes as a pointer to them, None as a null pointer.

    Raises:
        OSError: it failed; `errno` says how.
    """
    words = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    result: int = _syscall(ctypes.c_long(NUMBERS[name]), *words)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def clone(flags: int) -> int:
    """clone(2) in the manner of fork(2): the child's PID in the parent, 0 in the child.

    Python's own bookkeeping after a fork is not done in the child,
    which is right only for a process that has a single thread and no locks.

    Raises:
        OSError: it failed.
    """
    return syscall("clone", flags | SIGCHLD, 0, 0, 0, 0)


def prctl(option: int, argument: int) -> None:
    """prctl(2) for operations with one argument.

    Raises:
        OSError: it failed.
    """
    syscall("prctl", option, argument, 0, 0, 0)
