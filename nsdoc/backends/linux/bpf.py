"""Filters of system calls, in the instructions of classic BPF: seccomp(2), linux/filter.h."""

from __future__ import annotations

from struct import pack

from nsdoc.backends.linux.numbers import NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LOAD, JUMP_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x45, 0x06
# What a filter returns.
ALLOW, ERRNO, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
# Offsets in struct seccomp_data: the number of the call, and the low half of its first argument.
NUMBER, FIRST_ARGUMENT = 0, 16


def instruction(code: int, if_true: int, if_false: int, operand: int) -> bytes:
    """One instruction: what it does, how many are skipped after a test, and its operand."""
    return pack("<HBBI", code, if_true, if_false, operand)


def equal(offset: int, value: int, otherwise: int) -> list[bytes]:
    """Go on where a word of the call has a value, else skip as many instructions."""
    return [instruction(LOAD, 0, 0, offset), instruction(JUMP_EQUAL, 0, otherwise, value & 0xFFFFFFFF)]


def failing(call: str, errno: int, test: Sequence[bytes] = ()) -> list[bytes]:
    """A filter that has a call fail, and lets all others through.

    `test` are further instructions that go on where the call shall fail, and else skip one.
    """
    return [
        *equal(NUMBER, NUMBERS[call], len(test) + 1),
        *test,
        instruction(RETURN, 0, 0, ERRNO | errno),
        instruction(RETURN, 0, 0, ALLOW),
    ]


def sock_fprog(program: Sequence[bytes], address: int) -> bytes:
    """The struct that tells the kernel of a program and of its address."""
    return pack("<HxxxxxxQ", len(program), address)
