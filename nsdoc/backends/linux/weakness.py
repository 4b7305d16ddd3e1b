"""Ways to have the kernel answer otherwise: for the calling process and all that it starts, and for good."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from struct import pack

from nsdoc import abi
from nsdoc.backends.linux import bpf
from nsdoc.backends.linux.syscalls import prctl, syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    # Which argument of a call is looked at, and the value of its lower 32 bits.
    Argument: TypeAlias = tuple[int, int]

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_WORD = 8
_CAPABILITY_VERSION_3 = 0x20080522


def answer(call: str, errno: int, argument: Argument | None = None) -> None:
    """Have a system call fail with `errno`, or do nothing and say that all went well where that is 0.

    With `argument` only the calls that have this value there.

    Raises:
        OSError: the kernel has no filters of system calls, or refuses this one.
    """
    test: list[bytes] = []
    if argument is not None:
        index, value = argument
        test = bpf.equal(bpf.FIRST_ARGUMENT + index * _WORD, value, 1)
    install(bpf.failing(call, errno, test))


def lose(capability: int) -> None:
    """Take a capability out of every set.

    Raises:
        OSError: the process may not change its bounding set.
    """
    prctl(abi.PR_CAPBSET_DROP, capability)
    effective, permitted, inheritable = (held & ~(1 << capability) for held in _held())
    sets = [(held & 0xFFFFFFFF, held >> 32) for held in (effective, permitted, inheritable)]
    words = [one[half] for half in (0, 1) for one in sets]
    syscall("capset", pack("<II", _CAPABILITY_VERSION_3, 0), pack("<6I", *words))


def _held() -> list[int]:
    """The effective, permitted and inheritable set."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    status = dict(line.split(":\t", 1) for line in lines if line.startswith("Cap"))
    return [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh")]


def install(program: list[bytes]) -> None:
    """Have every system call filtered by a program of `nsdoc.backends.linux.bpf`.

    Raises:
        OSError: the kernel has no filters of system calls, or refuses this one.
    """
    if os.geteuid() != 0:
        prctl(abi.PR_SET_NO_NEW_PRIVS, 1)
    code = array("B", b"".join(program))
    address, _ = code.buffer_info()
    syscall("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, bpf.sock_fprog(program, address), 0, 0)
