"""examples/userns_child_exec.py, run as a program by root and by an ordinary user."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "userns_child_exec.py"
PAGE = ROOT / "docs" / "man" / "user_namespaces.7.rst"

# Gives root's privilege up in the interpreter itself, which an ordinary user may be unable to execute.
# PR_SET_DUMPABLE: a process that changed its IDs would not own its files in /proc.
AS_USER = """
import argparse, copy, ctypes, gettext, locale, os, shutil, signal, struct, sys, textwrap
source = open(sys.argv[1]).read()
del sys.argv[0]
os.setgroups([]); os.setgid(1000); os.setuid(1000)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
os.chdir("/")
exec(compile(source, sys.argv[0], "exec"), {"__name__": "__main__"})
"""


@dataclass(frozen=True)
class Caller:
    """Who runs the program, and how."""

    uid: int
    gid: int
    start: tuple[str, ...]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *self.start, str(PROGRAM), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def _root() -> Caller:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    return Caller(0, 0, ())


def _user() -> Caller:
    if os.geteuid() != 0:
        return Caller(os.getuid(), os.getgid(), ())
    return Caller(1000, 1000, ("-c", AS_USER))


@pytest.fixture
def root() -> Caller:
    return _root()


@pytest.fixture
def user() -> Caller:
    return _user()


@pytest.fixture(params=[_root, _user], ids=["root", "user"])
def caller(request: pytest.FixtureRequest) -> Caller:
    made: Caller = request.param()
    return made


def test_caller_becomes_user_and_group_0(caller: Caller) -> None:
    """-z maps the caller's own IDs to 0."""
    done = caller.run("-z", "sh", "-c", "id -u; id -g; cat /proc/self/uid_map")
    assert done.stderr == ""
    uid, gid, map_line = done.stdout.splitlines()
    assert (uid, gid, map_line.split()) == ("0", "0", ["0", str(caller.uid), "1"])


def test_capabilities_survive_execve_for_user_0_only(caller: Caller) -> None:
    """The maps are written before the command is executed, so that user 0 keeps its capabilities."""
    for inside, full in (("0", True), ("7", False)):
        done = caller.run("-M", f"{inside} {caller.uid} 1", "grep", "CapEff", "/proc/self/status")
        mask = int(done.stdout.split()[1], 16)
        assert (mask & 1 << 21 != 0) is full
        assert (mask == 0) is not full


def test_new_proc_shows_only_the_command(caller: Caller) -> None:
    """--proc gives a new PID namespace and the /proc that belongs to it."""
    done = caller.run("-z", "--proc", "sh", "-c", "echo $$ /proc/[0-9]*")
    assert done.stdout == "1 /proc/1\n"


def test_mounts_of_the_command_stay_inside() -> None:
    """What --proc mounts is not seen outside, not even by root without a user namespace."""
    caller = _root()
    before = Path("/proc/self/mounts").read_text()
    assert caller.run("--proc", "true").returncode == 0
    assert Path("/proc/self/mounts").read_text() == before


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", 137), ("exit 0", 0)])
def test_status_is_that_of_the_command(caller: Caller, script: str, status: int) -> None:
    """The exit status is the command's, or 128 plus the number of a signal, in new PID namespaces too."""
    assert caller.run("-U", "sh", "-c", script).returncode == status


def test_status_through_a_new_pid_namespace(caller: Caller) -> None:
    """The status passes through the process that waits outside the PID namespace."""
    assert caller.run("-z", "-p", "sh", "-c", "exit 7").returncode == 7


def test_command_that_cannot_be_run(caller: Caller) -> None:
    """127 says that there is no such command, 126 that it cannot be executed; both with a message."""
    missing = caller.run("-U", "/no/such/command")
    assert (missing.returncode, missing.stderr) == (
        127,
        "userns_child_exec: /no/such/command: No such file or directory\n",
    )
    plain = caller.run("-U", "/etc/passwd")
    assert (plain.returncode, plain.stderr) == (126, "userns_child_exec: /etc/passwd: Permission denied\n")


def test_refused_map_is_shown(user: Caller) -> None:
    """A map that the kernel refuses ends the program with 125; the command does not run."""
    done = user.run("-M", f"0 {user.uid} 2", "echo", "not run")
    assert (done.returncode, done.stdout) == (125, "")
    assert f'write "0 {user.uid} 2" to /proc/' in done.stderr
    assert done.stderr.endswith("/uid_map: Operation not permitted\n")


def test_refused_namespace_is_shown(user: Caller) -> None:
    """Without -U an ordinary user gets no namespace, and a message that says which call failed."""
    done = user.run("-u", "echo", "not run")
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr == "userns_child_exec: unshare: Operation not permitted\n"


def test_long_maps(root: Caller) -> None:
    """With privilege a map can have several lines, after commas or in further options."""
    maps = ("-M", "0 100000 10, 20 0 1", "-M", "30 200000 5", "-G", "0 0 1")
    done = root.run(*maps, "sh", "-c", "id -u; cat /proc/self/uid_map")
    uid, *lines = done.stdout.splitlines()
    assert uid == "20"
    assert [" ".join(line.split()) for line in lines] == ["0 100000 10", "20 0 1", "30 200000 5"]


@pytest.mark.parametrize("text", ["0 1000", "0 1000 1 1", "a b c", "", "0 1000 -1"])
def test_malformed_map(caller: Caller, text: str) -> None:
    """What is no map at all is refused before anything is done."""
    done = caller.run("-M", text, "true")
    assert done.returncode == 2
    assert f'"{text}" is not INSIDE OUTSIDE COUNT' in done.stderr


@pytest.mark.parametrize("arguments", [(), ("-z",), ("-z", "-M", "0 0 1", "true")])
def test_wrong_usage(caller: Caller, arguments: tuple[str, ...]) -> None:
    """A missing command and contradicting options are errors of usage."""
    done = caller.run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: userns_child_exec")


def test_help_explains_maps_and_statuses(caller: Caller) -> None:
    """--help names every option, the form of a map, and what the exit status means."""
    done = caller.run("--help")
    assert done.returncode == 0
    for words in ("--users MAP", "--proc", "INSIDE OUTSIDE COUNT", "125", "126", "127"):
        assert words in done.stdout


def _sessions() -> list[tuple[str, str]]:
    """The commands of the page's console sessions, and the output shown below each."""
    text = PAGE.read_text("utf-8").split("\nEXAMPLES\n", 1)[1]
    blocks = re.findall(r"^\.\. code-block:: console\n\n((?:   .*\n)+)", text, re.MULTILINE)
    lines = [re.sub("^   ", "", block, flags=re.MULTILINE) for block in blocks]
    found = re.findall(
        r"^\$ python3 userns_child_exec\.py (.*)\n((?:[^$].*\n)*)", "".join(lines), re.MULTILINE
    )
    assert found
    return found


@pytest.mark.parametrize(("command", "shown"), _sessions())
def test_sessions_of_the_page(user: Caller, command: str, shown: str) -> None:
    """Each command shown under EXAMPLES prints what the page shows."""
    if user.uid != 1000 or user.gid != 1000:
        pytest.skip("the page shows a user and group with ID 1000")
    quoted = " ".join(["'" + part.replace("'", "'\\''") + "'" for part in (sys.executable, *user.start)])
    line = f"exec {quoted} {PROGRAM} {command}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=20, check=False)
    assert _without_pids(done.stdout + done.stderr) == _without_pids(shown)


def _without_pids(text: str) -> str:
    return re.sub(r"/proc/\d+/", "/proc/PID/", text)
