"""/proc/PID/status.

Twin: fs/proc/array.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.backends.model.pid import pid_nr_ns
from nsdoc.backends.model.proc_base import proc_pid_ns
from nsdoc.backends.model.uidgid import from_kgid_munged, from_kuid_munged

if TYPE_CHECKING:
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.pid import PidNamespace
    from nsdoc.backends.model.sched import Task


def show_status(current: Task, task: Task, file: File) -> str:
    """The lines of /proc/PID/status that are about identity, proc_pid_status(5).

    # R055, task_state(): IDs are those of the user namespace of whoever opened the file,
    # process IDs those of the PID namespace that the proc filesystem belongs to.
    """
    pid_ns = proc_pid_ns(file.inode.sb)
    lines = [*_state(task, pid_ns), *_ids(task, file), *_numbers(task, pid_ns), *_caps(task)]
    return "".join(f"{name}:\t{value}\n" for name, value in lines)


def _state(task: Task, ns: PidNamespace) -> list[tuple[str, object]]:
    parent, tracer = task.real_parent, task.ptracer
    lines: list[tuple[str, object]] = [("Name", task.comm)]
    if task.alive():
        lines.append(("Umask", f"0{task.fs.umask:03o}"))
    return [
        *lines,
        ("State", _state_letter(task)),
        ("Tgid", pid_nr_ns(task, ns)),
        ("Ngid", 0),
        ("Pid", pid_nr_ns(task, ns)),
        ("PPid", pid_nr_ns(parent, ns) if parent is not None else 0),
        ("TracerPid", pid_nr_ns(tracer, ns) if tracer is not None else 0),
    ]


def _state_letter(task: Task) -> str:
    if not task.alive():
        return "Z (zombie)"
    if task.stopped:
        return "t (tracing stop)" if task.ptracer is not None else "T (stopped)"
    return "S (sleeping)"


def _ids(task: Task, file: File) -> list[tuple[str, object]]:
    ns, cred = file.cred.user_ns, task.cred
    uids = (from_kuid_munged(ns, kuid) for kuid in (cred.uid, cred.euid, cred.suid, cred.fsuid))
    gids = (from_kgid_munged(ns, kgid) for kgid in (cred.gid, cred.egid, cred.sgid, cred.fsgid))
    groups = " ".join(str(from_kgid_munged(ns, kgid)) for kgid in cred.groups)
    return [
        ("Uid", "\t".join(map(str, uids))),
        ("Gid", "\t".join(map(str, gids))),
        ("FDSize", 64 if task.alive() else 0),
        ("Groups", f"{groups} "),
    ]


def _numbers(task: Task, ns: PidNamespace) -> list[tuple[str, object]]:
    numbers = [
        number for level, number in reversed(task.pid_struct.numbers.items()) if level.level >= ns.level
    ]
    text = "\t".join(map(str, numbers))
    return [("NStgid", text), ("NSpid", text)]


def _caps(task: Task) -> list[tuple[str, object]]:
    cred, kernel = task.cred, task.kernel
    sets = [
        ("CapInh", cred.cap_inheritable),
        ("CapPrm", cred.cap_permitted),
        ("CapEff", cred.cap_effective),
        ("CapBnd", cred.cap_bset),
    ]
    if kernel.has("ambient-capabilities"):
        sets.append(("CapAmb", cred.cap_ambient))
    lines: list[tuple[str, object]] = [("Threads", task.signal.nr_threads)]
    lines += [(name, f"{value:016x}") for name, value in sets]
    return [*lines, ("NoNewPrivs", int(task.no_new_privs)), ("Seccomp", 2 if task.refused else 0)]
