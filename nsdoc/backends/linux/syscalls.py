"""Raw system calls, for those that Python's `os` lacks or wraps in rules of its own.

ctypes is used in this module and nowhere else.
"""

from __future__ import annotations

import ctypes
import os

# The numbers of the generic table (arm64, riscv64, loongarch64) and of x86-64.
# From 424 on, new system calls have one number everywhere.
_GENERIC = {
    "capget": 90, "capset": 91, "clone": 220, "mount": 40, "umount2": 39, "pivot_root": 41,
    "unshare": 97, "setns": 268, "sethostname": 161, "setdomainname": 162, "prctl": 167, "ptrace": 117,
    "setuid": 146, "setgid": 144, "setreuid": 145, "setregid": 143, "setresuid": 147, "setresgid": 149,
    "setfsuid": 151, "setfsgid": 152, "setgroups": 159, "process_vm_readv": 270, "prlimit64": 261,
    "getpriority": 141, "setpriority": 140, "add_key": 217, "request_key": 218, "keyctl": 219,
    "faccessat": 48, "kill": 129, "ioctl": 29, "openat": 56, "dup": 23, "pipe2": 59, "uname": 160,
    "msgget": 186, "setsid": 157, "msgctl": 187, "settimeofday": 170, "init_module": 105,
}  # fmt: skip
_X86_64 = {
    "capget": 125, "capset": 126, "clone": 56, "mount": 165, "umount2": 166, "pivot_root": 155,
    "unshare": 272, "setns": 308, "sethostname": 170, "setdomainname": 171, "prctl": 157, "ptrace": 101,
    "setuid": 105, "setgid": 106, "setreuid": 113, "setregid": 114, "setresuid": 117, "setresgid": 119,
    "setfsuid": 122, "setfsgid": 123, "setgroups": 116, "process_vm_readv": 310, "prlimit64": 302,
    "getpriority": 140, "setpriority": 141, "add_key": 248, "request_key": 249, "keyctl": 250,
    "faccessat": 269, "kill": 62, "ioctl": 16, "openat": 257, "dup": 32, "pipe2": 293, "uname": 63,
    "msgget": 68, "setsid": 112, "msgctl": 71, "settimeofday": 164, "init_module": 175,
}  # fmt: skip
_EVERYWHERE = {
    "pidfd_send_signal": 424, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431,
    "fsmount": 432, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442,
}  # fmt: skip

NUMBERS = (_X86_64 if os.uname().machine == "x86_64" else _GENERIC) | _EVERYWHERE

# PyDLL keeps the interpreter's lock during the call.  That costs nothing in a process without threads,
# and makes clone(2) safe: the child comes back holding the lock that it needs.
_syscall = ctypes.PyDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long

SIGCHLD = 17
_PID, _WORD = 4, 8
_U64 = 0xFFFFFFFFFFFFFFFF


def syscall(name: str, *args: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
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
    which is right only for a process that has a single thread and stays in this package.

    Raises:
        OSError: it failed.
    """
    return syscall("clone", flags | SIGCHLD, 0, 0, 0, 0)


def clone3(flags: int, set_tid: tuple[int, ...]) -> int:
    """clone3(2) in the manner of fork(2), as `clone`; `set_tid` are the PIDs of the child, innermost first.

    Raises:
        OSError: it failed.
    """
    pids = b"".join(pid.to_bytes(_PID, "little", signed=True) for pid in set_tid)
    memory = ctypes.create_string_buffer(pids, max(len(pids), 1))
    where = ctypes.addressof(memory) if set_tid else 0
    # struct clone_args of linux/sched.h.
    words = (flags & _U64, 0, 0, 0, SIGCHLD, 0, 0, 0, where, len(set_tid), 0)
    arguments = b"".join(word.to_bytes(_WORD, "little") for word in words)
    return syscall("clone3", arguments, len(arguments))


def buffer(size: int) -> ctypes.Array[ctypes.c_char]:
    """`size` bytes of memory that the kernel can write to; ``.raw`` gives them."""
    return ctypes.create_string_buffer(size)


def address(memory: ctypes.Array[ctypes.c_char]) -> int:
    """Where in this process a buffer lies."""
    return ctypes.addressof(memory)


def path(text: str) -> bytes:
    """A path, or other text, as the kernel takes it."""
    return os.fsencode(text)


def path_or_null(text: str) -> bytes | None:
    """As `path`, but an empty text is a null pointer."""
    return os.fsencode(text) if text else None
