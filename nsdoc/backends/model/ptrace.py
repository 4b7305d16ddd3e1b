"""May a task look into another, or control it?

Twin: kernel/ptrace.c, and cap_ptrace_access_check() of security/commoncap.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SYS_PTRACE
from nsdoc.backends.model.capability import cap_capable, ids_can_be_equal, ns_capable
from nsdoc.backends.model.sched import SUID_DUMP_USER

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace

# The credentials that count: those of file access, for /proc; the real ones, for system calls.
FSCREDS: Final = "fscreds"
REALCREDS: Final = "realcreds"


def ptrace_may_access(current: Task, task: Task, creds: str) -> bool:
    """Whether the calling task may access another.

    R096, __ptrace_may_access(), ptrace(2) "Ptrace access mode checking".
    """
    # R096(1): a process always has access to itself.
    if task.group_leader is current.group_leader:
        return True
    # R096(2): the caller's IDs match all of the target's, or the caller has CAP_SYS_PTRACE in the target's
    # user namespace.
    if not _ids_match(current, task, creds) and not ns_capable(current, task.cred.user_ns, CAP_SYS_PTRACE):
        return False
    # R096(3): the target is dumpable, or the caller has CAP_SYS_PTRACE in the user namespace of its program.
    if not task_still_dumpable(current, task):
        return False
    # R096(4): the target has no capability that the caller lacks, or the caller has CAP_SYS_PTRACE there.
    return _caps_allow(current, task, creds)


def _ids_match(current: Task, task: Task, creds: str) -> bool:
    cred, target = current.cred, task.cred
    if not ids_can_be_equal(current, target.user_ns):
        return False
    by_fs = creds == FSCREDS and current.kernel.has("ptrace-tells-fscreds")
    uid, gid = (cred.fsuid, cred.fsgid) if by_fs else (cred.uid, cred.gid)
    return {target.euid, target.suid, target.uid} == {uid} and {target.egid, target.sgid, target.gid} == {gid}


def exec_user_ns(task: Task) -> UserNamespace:
    """The user namespace that decides over a program that is not dumpable.

    # R096, mm->user_ns: the one in which the program was executed, or an ancestor in which it can be read.
    """
    if task.kernel.has("program-has-user-namespace"):
        return task.mm.user_ns
    return task.kernel.init_user_ns


def task_still_dumpable(current: Task, task: Task) -> bool:
    """R096(3), task_still_dumpable()."""
    return task.mm.dumpable == SUID_DUMP_USER or ns_capable(current, exec_user_ns(task), CAP_SYS_PTRACE)


def _caps_allow(current: Task, task: Task, creds: str) -> bool:
    cred, target = current.cred, task.cred
    held = cred.cap_effective if creds == FSCREDS else cred.cap_permitted
    if cred.user_ns is target.user_ns and not target.cap_permitted & ~held:
        return True
    return ns_capable(current, target.user_ns, CAP_SYS_PTRACE)


def traceme_allowed(current: Task, parent: Task) -> bool:
    """Whether a parent may trace a child that asks for it.  R096, cap_ptrace_traceme()."""
    child, cred = current.cred, parent.cred
    if cred.user_ns is child.user_ns and not child.cap_permitted & ~cred.cap_permitted:
        return True
    return cap_capable(cred, child.user_ns, CAP_SYS_PTRACE)
