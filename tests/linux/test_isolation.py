"""What an example does to its host is gone when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsdoc import build
from nsdoc.abi import (
    CLONE_NEWNS,
    IPC_CREAT,
    KEY_SPEC_SESSION_KEYRING,
    KEY_SPEC_USER_KEYRING,
    KEY_SPEC_USER_SESSION_KEYRING,
    KEYCTL_LINK,
    KEYCTL_READ,
    KEYCTL_SETPERM,
    MNT_DETACH,
    MS_REC,
    MS_REMOUNT,
    MS_SHARED,
    SIGKILL,
    SIGSTOP,
)
from nsdoc.errors import ProcessGone
from nsdoc.kernels import open_kernel
from nsdoc.process import Kernel, Process
from tests.linux.test_needs import PAGE

ROOT = Path(__file__).parents[2]
IPC = ("msg", "sem", "shm")


@pytest.fixture
def isolated() -> Iterator[Kernel]:
    """A kernel of the test's own, whose end the test can bring about by closing it."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only examples of root are isolated")
    with open_kernel("linux") as kernel:
        yield kernel


def host() -> dict[str, object]:
    """What of the host an example could change."""
    return {
        "mounts": Path("/proc/self/mountinfo").read_text("utf-8"),
        "names": os.uname()[:2],
        "ipc": [Path("/proc/sysvipc", name).read_text("ascii") for name in IPC],
        "files": [sorted(os.listdir(path)) for path in ("/", "/mnt", "/media", "/srv", "/tmp", "/dev")],
        "directory": os.getcwd(),
        "limits": {path.name: path.read_text("ascii") for path in Path("/proc/sys/user").iterdir()},
    }


def test_mounts_names_ipc_and_files_are_the_examples_own(isolated: Kernel) -> None:
    """Root mounts, unmounts, names, makes queues and files, and the host sees none of it."""
    before = host()
    root = isolated.process(uid=0, gid=0)
    root.write("file", "x")
    root.mkdir("place")
    root.mount("none", "place", "tmpfs")
    root.mount("none", "/", "", MS_REC | MS_SHARED)
    root.mount("none", "/media", "tmpfs")
    root.sethostname("elsewhere")
    root.setdomainname("elsewhere.example")
    root.msgget(42, IPC_CREAT)
    root.umount("/dev", MNT_DETACH)
    root.umask(0)
    assert root.gethostname() == "elsewhere"
    assert host() == before


def test_processes_are_the_examples_own(isolated: Kernel) -> None:
    """Root sees the processes of its example and no other, and can end them all without harm."""
    root = isolated.process(uid=0, gid=0)
    others = [root.fork() for _ in range(3)]
    numbers = {int(name) for name in root.listdir("/proc") if name.isdecimal()}
    assert numbers == {1, root.pid, *(other.pid for other in others)}
    root.kill(-1, SIGKILL)
    with pytest.raises(ProcessGone):
        others[0].getpid()
    assert isolated.process().getpid() > others[-1].pid


def test_a_new_mount_namespace_does_not_reach_the_host(isolated: Kernel) -> None:
    """Whatever is shared within an example is not shared with the host."""
    before = host()
    root = isolated.process(uid=0, gid=0)
    root.unshare(CLONE_NEWNS)
    root.mount("none", "/srv", "tmpfs")
    root.mount("none", "/proc", "tmpfs")
    assert host() == before


def test_the_host_stays_read_only(isolated: Kernel) -> None:
    """Root of an example could remount a filesystem for itself; the host's own mount is not touched."""
    before = host()
    root = isolated.process(uid=0, gid=0)
    root.mount("none", "/", "", MS_REMOUNT | 0x1000)
    root.access("/", 2)
    assert host() == before


def test_each_kernel_begins_anew(isolated: Kernel) -> None:
    """What one example has left in its directory or to its name, the next does not find."""
    root = isolated.process(uid=0, gid=0)
    root.write("left", "x")
    root.sethostname("left")
    with open_kernel("linux") as other:
        process = other.process(uid=0, gid=0)
        assert process.listdir(other.scratch) == []
        assert process.gethostname() == os.uname().nodename
        assert process.read("/proc/sysvipc/msg").count("\n") == 1


def user_keys(kernel: Kernel, uid: int | None) -> list[bytes]:
    """The contents of the user keyring and of the user session keyring of a user, which outlive processes."""
    process = kernel.process(uid=uid, gid=uid)
    rings = (KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING)
    return [bytes(process.keyctl(KEYCTL_READ, ring)) for ring in rings]


def user() -> int | None:
    """A user of this test process's own: others that run at the same time have keys as well."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return 31000 + int(worker) if os.geteuid() == 0 else None


@pytest.fixture
def _keyrings() -> None:
    with open_kernel("linux") as kernel:
        if reason := kernel.lacks("keyrings"):
            pytest.skip(reason)


def link_keys(process: Process) -> None:
    """Put keys where they would stay: added, linked, and made such that nobody may look at them."""
    process.add_key("user", "nsdoc-added", "x", KEY_SPEC_USER_KEYRING)
    key = process.add_key("user", "nsdoc-linked", "x", KEY_SPEC_SESSION_KEYRING)
    process.keyctl(KEYCTL_LINK, key, KEY_SPEC_USER_KEYRING)
    process.add_key("keyring", "nsdoc-ring", "", KEY_SPEC_USER_SESSION_KEYRING)
    process.keyctl(KEYCTL_SETPERM, key, 0)


@pytest.mark.usefixtures("_keyrings")
@pytest.mark.parametrize("end", ["lives", "exits", "stops"])
def test_keys_are_taken_back(end: str) -> None:
    """Keys in the keyrings of a user are unlinked, also if the process that made them is gone or stopped."""
    with open_kernel("linux") as kernel:
        before = user_keys(kernel, user())
    with open_kernel("linux") as kernel:
        process = kernel.process(uid=user(), gid=user())
        child = process.fork()
        link_keys(child)
        assert user_keys(kernel, user()) != before
        if end == "exits":
            child.exit()
        if end == "stops":
            process.kill(child, SIGSTOP)
    with open_kernel("linux") as kernel:
        assert user_keys(kernel, user()) == before


WITHIN = """
import os, sys
from pathlib import Path
from nsdoc import build
from nsdoc.kernels import open_kernel
from tests.probe.circumstances import rootless
from tests.linux.test_needs import PAGE
limits = lambda: {path.name: path.read_text() for path in Path("/proc/sys/user").iterdir()}
rootless()
before = limits()
assert before["max_uts_namespaces"] != "5\\n"
with open_kernel("linux") as kernel:
    kernel.process().write("/proc/sys/user/max_uts_namespaces", "5")
    assert limits()["max_uts_namespaces"] == "5\\n"
assert limits() == before
page = Path(sys.argv[1])
code = 'assert kernel.process().write("/proc/sys/user/max_uts_namespaces", "6") == 1'
page.write_text(PAGE.format(needs="user-namespaces", code=code))
report, problems = build.check([str(page)], jobs=1)
print(report.verdicts[0].kind, report.verdicts[0].finding.message)
assert limits() == before
"""


def test_limits_are_changed_back(tmp_path: Path) -> None:
    """What root of an example writes to /proc/sys/user is written back when the example ends.

    Within a user namespace, whose limits stand for those of the host.
    """
    command = [sys.executable, "-c", WITHIN, str(tmp_path / "page.7.rst")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "holds"), done.stderr


@pytest.mark.usefixtures("_keyrings")
@pytest.mark.parametrize(("rest", "kind"), [("assert key", "holds"), ("assert not key", "refuted")])
def test_the_runner_takes_keys_back(tmp_path: Path, rest: str, kind: str) -> None:
    """An example that was run leaves no key behind, whether it holds or not."""
    with open_kernel("linux") as kernel:
        before = user_keys(kernel, user())
    page = tmp_path / "page.7.rst"
    code = f"""process = kernel.process(uid={user()}, gid={user()})
      key = process.add_key("user", "nsdoc-run", "x", KEY_SPEC_USER_KEYRING)
      {rest}"""
    page.write_text(PAGE.format(needs="keyrings", code=code), encoding="utf-8")
    report, _ = build.check([str(page)], jobs=1)
    assert report.verdicts[0].kind == kind, report.verdicts[0].finding
    with open_kernel("linux") as kernel:
        assert user_keys(kernel, user()) == before
