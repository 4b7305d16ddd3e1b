"""A kernel that answers otherwise: filters of system calls, and capabilities that are lost."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_HEAD = """\
import os
from nsdoc import abi
from nsdoc.backends.linux import weakness
from nsdoc.backends.linux.syscalls import syscall
def told(name, *args):
    try:
        return syscall(name, *args)
    except OSError as error:
        return -error.errno
"""


def _said(code: str) -> str:
    """What code prints in a process that may be weakened for good."""
    command = [sys.executable, "-c", _HEAD + code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_a_call_fails() -> None:
    """A call fails with the error that was asked for, and others are as before."""
    code = (
        "weakness.answer('getppid', abi.ERRNO['ENOSPC'])\n"
        "print(told('getppid'), told('getpid') == os.getpid())"
    )
    assert _said(code) == "-28 True"


def test_a_call_does_nothing() -> None:
    """A call that pretends success returns 0 and changes nothing."""
    code = "weakness.answer('umask', 0)\nprint(told('umask', 0o77), told('umask', 0o22))"
    assert _said(code) == "0 0"


def test_one_value_of_an_argument() -> None:
    """With an argument given, only calls that have this value there answer otherwise."""
    code = (
        "weakness.answer('prctl', abi.ERRNO['EACCES'], (0, abi.PR_GET_SECUREBITS))\n"
        "for option in (abi.PR_GET_SECUREBITS, abi.PR_GET_DUMPABLE):\n"
        "    print(told('prctl', option, 0, 0, 0, 0), end=' ')"
    )
    assert _said(code) == "-13 1"


def test_inherited() -> None:
    """What the process starts is weakened as well."""
    code = (
        "import subprocess, sys\n"
        "weakness.answer('getppid', abi.ERRNO['ENOSPC'])\n"
        "sys.stdout.flush()\n"
        "subprocess.run([sys.executable, '-c', 'import os; print(os.getppid() < 0)'])"
    )
    assert _said(code) == "True"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lose")
def test_a_capability_is_lost() -> None:
    """A lost capability is in no set, and the others stay."""
    code = (
        "weakness.lose(abi.CAP_SETFCAP)\n"
        "lines = [line.split() for line in open('/proc/self/status') if line.startswith('Cap')]\n"
        "print({name: (int(mask, 16) >> abi.CAP_SETFCAP & 1, int(mask, 16) >> abi.CAP_KILL & 1)"
        " for name, mask in lines if name in ('CapPrm:', 'CapEff:', 'CapBnd:')})"
    )
    assert _said(code) == "{'CapPrm:': (0, 1), 'CapEff:': (0, 1), 'CapBnd:': (0, 1)}"


@pytest.mark.skipif(os.geteuid() != 0, reason="the test gives up root")
def test_nobody_can_lose_what_he_may_not() -> None:
    """Without CAP_SETPCAP no capability can be taken away, and the caller is told."""
    code = (
        "os.setresuid(1000, 1000, 1000)\n"
        "try:\n    weakness.lose(abi.CAP_KILL)\n"
        "except OSError as error:\n    print(error.errno == abi.ERRNO['EPERM'])"
    )
    assert _said(code) == "True"
