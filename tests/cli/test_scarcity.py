"""Hosts on which something has run out."""

from __future__ import annotations

import os

import pytest

from tests.cli.project import GOOD, Project, claim

MANY = claim(
    "many",
    """
    processes = [kernel.process() for _ in range(8)]
    children = [process.fork() for process in processes]
    print(len({process.getpid() for process in processes + children}))
    #> 16
    """,
)
EXECUTES = claim(
    "executes",
    """
    one = kernel.process()
    one.execve()
    print(one.getpid() == one.pid)
    #> True
    """,
)


def test_few_descriptors(anyones_project: Project) -> None:
    """With 64 descriptors a process, claims get the verdicts that they get with many."""
    anyones_project.write(GOOD, MANY, EXECUTES)
    ran = anyones_project.check(by=_as(anyones_project, "prlimit", "--nofile=64"))
    assert ran.status == 0, ran.err


def test_full_disk_for_scratch(others_project: Project) -> None:
    """Without room for a directory, examples cannot be run, and the message says why."""
    others_project.write(GOOD)
    ran = others_project.check(by=_with_disk(others_project, others_project.temporary, "nr_inodes=1"))
    assert ran.status == 3
    assert "No space left on device" in ran.err
    assert "Traceback" not in ran.err


def test_scratch_disk_fills_up(others_project: Project) -> None:
    """When an example fills the disk, that is an error of its call, and the next has room again."""
    fills = claim(
        "fills",
        """
        one = kernel.process()
        file = one.open("big", O_RDWR | O_CREAT)
        with fails(ENOSPC):
            while True:
                one.write(file, bytes(1 << 17))
        """,
    )
    others_project.write(fills, GOOD, fills.replace("fills", "again"))
    disk = _with_disk(others_project, others_project.temporary, "size=4m")
    ran = others_project.check("--jobs", "1", by=disk)
    assert ran.status == 0, ran.err


def test_full_disk_for_verdicts(others_project: Project) -> None:
    """Verdicts that cannot be written are a message and exit status 2, not a traceback."""
    others_project.write(GOOD)
    build = others_project.verdicts.parent
    build.mkdir()
    ran = others_project.check(by=_with_disk(others_project, build, "nr_inodes=1"))
    assert ran.status == 2
    assert "nsdoc check: build/verdicts.json cannot be written: No space left on device" in ran.err
    assert ran.verdicts["good"]["verdict"] == "holds"


def test_report_to_nowhere(project: Project) -> None:
    """A report that cannot be written is a message and exit status 2."""
    project.write(GOOD)
    ran = project.run("check", "--json", "docs")
    assert ran.status == 2
    assert "nsdoc check: docs cannot be written" in ran.err


def _as(project: Project, *command: str) -> list[str]:
    """A command that runs another one as the user of a project."""
    uid = project.who.uid
    return [*command] if uid is None else [*command, *_setpriv(uid)]


def _with_disk(project: Project, directory: os.PathLike[str], options: str) -> list[str]:
    """The same, with a small disk mounted on a directory, for that command alone."""
    uid = project.who.uid
    if uid is None:
        pytest.skip("examples of root have a disk of their own")
    mount = f'mount -t tmpfs -o mode=1777,{options} none "{os.fspath(directory)}" && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", mount, "sh", *_setpriv(uid)]


def _setpriv(uid: int) -> list[str]:
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
