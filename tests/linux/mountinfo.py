"""The mounts that a process sees."""

from __future__ import annotations

from nsdoc.process import Process


def mounts_at(process: Process, path: str) -> list[list[str]]:
    """The fields of mountinfo of the mounts at a path, proc_pid_mountinfo(5)."""
    lines = (line.split(" ") for line in process.read("/proc/self/mountinfo").splitlines())
    return [fields for fields in lines if fields[4] == path]
