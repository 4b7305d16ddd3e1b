"""The program of an agent is the one that its listing says."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from struct import pack, unpack

import pytest

from nsdoc.backends.linux import machine, numbers
from nsdoc.errors import Unavailable

ASSEMBLERS = {
    "x86_64": ("x86_64-linux-gnu-as", "x86_64-linux-gnu-objcopy", ".intel_syntax noprefix\n"),
    "aarch64": ("aarch64-linux-gnu-as", "aarch64-linux-gnu-objcopy", ""),
}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "generic": Path("/usr/include/asm-generic/unistd.h"),
}
TEXT_START = 64 + 3 * 56


def missing(tool: str) -> None:
    """Skip a test for want of a tool, but on CI fail: there everything is installed."""
    if os.environ.get("CI"):
        pytest.fail(f"{tool} is missing")
    pytest.skip(f"{tool} is not installed")


@pytest.mark.parametrize("name", ASSEMBLERS)
def test_the_code_is_what_the_listing_assembles_to(name: str, tmp_path: Path) -> None:
    """The hexadecimal code of a machine equals the assembled instructions beside it."""
    assembler, copier, prologue = ASSEMBLERS[name]
    if shutil.which(assembler) is None:
        missing(assembler)
    source, built, code = tmp_path / "agent.s", tmp_path / "agent.o", tmp_path / "agent.bin"
    source.write_text(prologue + machine.listing(name))
    subprocess.run([assembler, source, "-o", built], check=True)
    subprocess.run([copier, "-O", "binary", "-j", ".text", built, code], check=True)
    assert machine.program(name)[TEXT_START:] == code.read_bytes()


def test_the_program_for_another_machine_answers(tmp_path: Path) -> None:
    """On an emulated arm64 the program greets, makes two system calls and chains their results."""
    emulator = shutil.which("qemu-aarch64-static")
    if emulator is None:
        missing("qemu-aarch64-static")
    program = tmp_path / "program"
    program.write_bytes(machine.program("aarch64"))
    program.chmod(0o755)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [str(emulator), "-0", str(theirs.fileno()), program], pass_fds=(theirs.fileno(),)
        )
    with ours:
        assert ours.recv(100) == machine.GREETING
        calls = (numbers.GENERIC["getpid"], 0, machine.SAVE), (numbers.GENERIC["getsid"], -1, machine.USE)
        packed = b"".join(pack("<8q", number, first, 0, 0, 0, 0, 0, flags) for number, first, flags in calls)
        head = pack("<3Q", len(calls), 16, machine.RESULTS + 64)
        ours.send(head + bytes(64) + packed)
        assert unpack("<2q", ours.recv(100)) == (process.pid, os.getsid(0))
    assert process.wait(10) == 0


def test_a_machine_without_code_is_unavailable() -> None:
    """For a machine that nobody wrote the program for, the message names those that have it."""
    with pytest.raises(Unavailable, match="no code for vax; they have it for x86_64, aarch64"):
        machine.program("vax")


@pytest.mark.parametrize(("name", "table"), [("x86_64", numbers.X86_64), ("generic", numbers.GENERIC)])
def test_the_numbers_of_calls_are_those_of_the_kernels_headers(name: str, table: dict[str, int]) -> None:
    """Every number that nsdoc knows stands in the kernel's own list."""
    if not HEADERS[name].exists():
        missing(str(HEADERS[name]))
    defined: dict[str, str] = {}
    for line in HEADERS[name].read_text().splitlines():
        words = line.split()
        if len(words) >= 3 and words[0] == "#define" and words[1].startswith(("__NR_", "__NR3264_")):
            short = words[1].removeprefix("__NR3264_").removeprefix("__NR_")
            defined.setdefault(short, words[2])
    for call, number in (table | numbers.EVERYWHERE).items():
        found = defined[call]
        assert found == str(number), call
