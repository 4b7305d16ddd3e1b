"""The smaller programs of examples/, run under the identity of the tests on processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
UID, GID = os.geteuid(), os.getegid()


def run(program: str, *arguments: str | int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / f"{program}.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def start(*arguments: str) -> tuple[subprocess.Popen[str], int]:
    """A shell in new namespaces; the PID it has outside, and what to end it by."""
    program = [sys.executable, str(EXAMPLES / "userns_child_exec.py"), *arguments]
    script = ["sh", "-c", "echo $$; read line"]
    process = subprocess.Popen([*program, *script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=20)


@pytest.fixture
def inside() -> Iterator[int]:
    """The PID of a shell that is user and group 0 in a user namespace of its own."""
    process, pid = start("-z")
    yield pid
    end(process)


@pytest.fixture
def unmapped() -> Iterator[int]:
    """The PID of a shell in a user namespace without maps."""
    process, pid = start("-U")
    yield pid
    end(process)


@pytest.mark.parametrize("program", [path.stem for path in EXAMPLES.glob("*.py")])
def test_help(program: str) -> None:
    """--help starts with what the program does, as its docstring says."""
    done = run(program, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: {program}")
    words = (EXAMPLES / f"{program}.py").read_text("utf-8").split('"""')[1]
    assert " ".join(words.split()) in " ".join(done.stdout.split())


@pytest.mark.parametrize("program", ["userns_can", "userns_translate", "container"])
def test_missing_arguments(program: str) -> None:
    """Without the arguments that it needs, a program says which, with exit status 2."""
    done = run(program)
    assert done.returncode == 2
    assert "the following arguments are required" in done.stderr


def test_tree_shows_owner_maps_and_members(inside: int) -> None:
    """A child namespace stands below ours, with its owner, its maps and the processes in it."""
    done = run("userns_tree", os.getpid(), inside)
    assert done.returncode == 0
    ours, child = done.stdout.splitlines()
    assert re.fullmatch(rf"user:\[\d+\] owner \d+, uids .*, gids .*, 1 process: {os.getpid()}", ours)
    maps = rf"uids 0-{UID}\*1, gids 0-{GID}\*1"
    assert re.fullmatch(rf"  user:\[\d+\] owner {UID}, {maps}, 1 process: {inside}", child)


def test_tree_shows_a_namespace_without_maps(unmapped: int) -> None:
    """Where nothing is mapped the tree says so; an ancestor without a process asked for is shown bare."""
    parent, child = run("userns_tree", unmapped).stdout.splitlines()
    assert parent.endswith(", no process")
    assert ", uids unmapped, gids unmapped, " in child


def test_tree_of_all_processes() -> None:
    """Without arguments all processes are shown, and those that cannot be read are counted."""
    done = run("userns_tree")
    assert done.returncode == 0
    assert "user:[" in done.stdout


def test_tree_of_a_process_that_is_not_there() -> None:
    """A process that was asked for and is not there gives exit status 1."""
    done = run("userns_tree", 2**22 + 1)
    assert (done.returncode, done.stderr) == (1, f"1 process cannot be read: {2**22 + 1}\n")


def test_can_by_membership(inside: int) -> None:
    """A member has the capabilities in its effective set."""
    done = run("userns_can", inside, "CAP_SYS_ADMIN", f"/proc/{inside}/ns/user")
    assert done.returncode == 0
    assert re.fullmatch(rf"yes: process {inside} is in user:\[\d+\] and has CAP_SYS_ADMIN\n", done.stdout)


def test_can_not_without_a_map(unmapped: int) -> None:
    """A member that executed a program before there was a map has none."""
    done = run("userns_can", unmapped, "sys_admin", f"/proc/{unmapped}/ns/user")
    assert done.returncode == 1
    assert re.fullmatch(rf"no: process {unmapped} is in user:\[\d+\] and lacks CAP_SYS_ADMIN\n", done.stdout)


def test_can_by_ownership(inside: int) -> None:
    """The owner, in the parent, has every capability."""
    done = run("userns_can", os.getpid(), "CAP_KILL", f"/proc/{inside}/ns/user")
    assert done.returncode == 0
    assert done.stdout.endswith(f", which its user ID {UID} owns\n")


def test_can_not_outside(inside: int) -> None:
    """A member has nothing over a namespace that belongs to the parent."""
    done = run("userns_can", inside, "CAP_SYS_ADMIN", f"/proc/{inside}/ns/uts")
    assert done.returncode == 1
    assert "nor an ancestor of it" in done.stdout


def test_can_says_what_is_wrong() -> None:
    """A capability, process or file that is not there is an error, not an answer."""
    unknown = run("userns_can", 1, "CAP_FLY", "/proc/self/ns/user")
    assert (unknown.returncode, "there is no capability CAP_FLY" in unknown.stderr) == (2, True)
    gone = run("userns_can", 2**22 + 1, "CAP_KILL", "/proc/self/ns/user")
    assert (gone.returncode, "No such file or directory" in gone.stderr) == (2, True)
    plain = run("userns_can", os.getpid(), "CAP_KILL", "/etc/passwd")
    assert (plain.returncode, "Inappropriate ioctl" in plain.stderr) == (2, True)


def test_translate_both_ways(inside: int) -> None:
    """An ID is translated from and to a user namespace, for users and for groups."""
    assert run("userns_translate", 0, inside, "self").stdout == f"{UID}\n"
    assert run("userns_translate", UID, "self", inside).stdout == "0\n"
    assert run("userns_translate", "-g", 0, inside, "self").stdout == f"{GID}\n"


def test_translate_within_our_own_namespace() -> None:
    """To ourselves every ID is itself, whatever the map that the kernel shows of our own namespace."""
    assert run("userns_translate", 4711, "self", os.getpid()).stdout == "4711\n"


def test_translate_what_is_not_mapped(inside: int) -> None:
    """An ID that one side does not have gives exit status 1 and says which side."""
    below = run("userns_translate", 5, inside, "self")
    assert (below.returncode, below.stderr) == (1, f"5 is not mapped in the user namespace of {inside}\n")
    above = run("userns_translate", UID + 1, "self", inside)
    assert above.returncode == 1
    assert above.stderr == f"not mapped in the user namespace of {inside}, reads as 65534\n"


def test_translate_without_a_process() -> None:
    """A process that is not there gives exit status 2."""
    assert run("userns_translate", 0, 2**22 + 1, "self").returncode == 2


def test_container_is_its_own_world() -> None:
    """In the container the command is root and process 1, with a hostname and a root directory of its own."""
    script = "hostname; id -u; echo $$ /proc/[0-9]*; ls -d /home /root /proc /usr 2>&1; echo kept >/tmp/file"
    done = run("container", "--name", "box", "--", "sh", "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    hostname, uid, processes, *directories = done.stdout.splitlines()
    assert (hostname, uid, processes) == ("box", "0", "1 /proc/1")
    assert [line for line in directories if line.startswith("/")] == ["/proc", "/usr"]


def test_container_leaves_nothing() -> None:
    """Its mounts and files are gone with it, and the hostname outside is what it was."""
    before = Path("/proc/self/mounts").read_text(), os.uname().nodename, sorted(os.listdir("/tmp"))
    run("container", "sh", "-c", "touch /tmp/left-by-a-container; hostname other")
    after = Path("/proc/self/mounts").read_text(), os.uname().nodename, sorted(os.listdir("/tmp"))
    assert before[:2] == after[:2]
    assert "left-by-a-container" not in after[2]


def test_container_passes_the_status_on() -> None:
    """The exit status is the command's, or says that there is no such command."""
    assert run("container", "--", "sh", "-c", "exit 7").returncode == 7
    missing = run("container", "/no/such/command")
    assert missing.returncode == 1
    assert missing.stderr == "container: /no/such/command: No such file or directory\n"


def _sessions() -> list[tuple[str, str]]:
    """The commands of the guide's console sessions, and the output shown below each."""
    text = (EXAMPLES.parent / "docs" / "guide" / "programs.rst").read_text("utf-8")
    blocks = re.findall(r"^\.\. code-block:: console\n\n((?:   .*\n)+)", text, re.MULTILINE)
    session = "".join(re.sub("^   ", "", block, flags=re.MULTILINE) for block in blocks)
    found = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", session, re.MULTILINE)
    assert found
    return found


@pytest.mark.parametrize(("command", "shown"), _sessions())
def test_sessions_of_the_guide(command: str, shown: str) -> None:
    """Each command shown in the guide prints what the guide shows, but for numbers that differ every time."""
    line = command.replace("python3", sys.executable)
    done = subprocess.run(["sh", "-c", line], cwd=EXAMPLES, capture_output=True, text=True, timeout=20)
    expected = shown.replace("0-1000*1, gids 0-1000*1", f"0-{UID}*1, gids 0-{GID}*1")
    assert _plain(done.stdout + done.stderr) == _plain(expected)


def _plain(text: str) -> str:
    return re.sub(r"process: \d+", "process: PID", re.sub(r"process \d+", "process PID", _namespaces(text)))


def _namespaces(text: str) -> str:
    return re.sub(r"user:\[\d+\]", "user:[NUMBER]", text)
