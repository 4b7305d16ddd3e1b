"""Executing a program, and what becomes of the identity of the task.

Twin: fs/exec.c, and cap_bprm_creds_from_file() of security/commoncap.c.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SETUID, CAP_SYS_PTRACE, MS_NOSUID, RLIMIT_NPROC, S_ISGID, S_ISUID
from nsdoc.backends.model.capability import cap_capable, ns_capable, privileged_wrt_inode_uidgid
from nsdoc.backends.model.cred import Cred, commit_creds, in_group
from nsdoc.backends.model.errnos import EACCES, EAGAIN, ENOEXEC, EPERM, ETXTBSY
from nsdoc.backends.model.fcaps import get_vfs_caps_from_disk
from nsdoc.backends.model.file import close_fd, is_open_for_writing
from nsdoc.backends.model.idmap import vfsids
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.permission import MAY_EXEC, MAY_READ, inode_permission
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.sched import SUID_DUMP_USER, Mm
from nsdoc.backends.model.securebits import issecure
from nsdoc.backends.model.ucount import nproc_overlimit
from nsdoc.backends.model.uidgid import Uid, kgid_has_mapping, kuid_has_mapping, make_kuid
from nsdoc.backends.model.user_namespace import in_userns
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace

# What a program that answers calls begins with.
PROGRAM_MAGIC: Final = b"\x7fELF program\n"
_GROUP_EXEC: Final = 0o010


@dataclass(frozen=True, slots=True)
class Brought:
    """What the program brings: capabilities, whether they become effective, whether the file has any."""

    permitted: int = 0
    effective: bool = False
    has_fcap: bool = False


def sys_execve(
    current: Task,
    path: str,
    argv: tuple[str, ...] | None = None,
    env: tuple[tuple[str, str], ...] = (),
) -> None:
    """execve(2).

    Raises:
        Refused: as execve(2) says.
        Unavailable: the program is none that answers calls, or the process has threads.
    """
    # R117, execve(2) EAGAIN: the last change of the user ID exceeded RLIMIT_NPROC, and it is still exceeded.
    if current.nproc_exceeded and nproc_overlimit(current, current.cred.ucounts, _nproc_limit(current)):
        raise Refused(EAGAIN)
    current.nproc_exceeded = False
    place = _open_exec(current, path)
    user_ns, readable = would_dump(current, place)
    new, secure = bprm_creds(current, place)
    if argv is not None:
        raise Unavailable("execve(): what a program does with arguments is not modelled")
    if not current.thread_group_empty():
        raise Unavailable("execve(): the end of the other threads is not modelled")
    _begin_new_exec(current, place, user_ns, readable, secure)
    commit_creds(current, new)


def _nproc_limit(current: Task) -> int:
    return current.signal.rlimits[RLIMIT_NPROC][0]


def _open_exec(current: Task, path: str) -> Path:
    """The file of a program.  Twin: do_open_execat()."""
    place = user_path(current, path)
    inode = place.dentry.inode
    # execve(2) EACCES: it is not a regular file.
    if not inode.is_regular():
        raise Refused(EACCES)
    # execve(2) EACCES: the mount forbids to execute.
    if place.mnt.flags & abi.MS_NOEXEC:
        raise Refused(EACCES)
    # execve(2) EACCES: no permission to execute.
    inode_permission(current, place, MAY_EXEC)
    # deny_write_access(), execve(2) ETXTBSY: somebody has it open for writing.
    if is_open_for_writing(current.kernel, inode):
        raise Refused(ETXTBSY)
    # execve(2) ENOEXEC: the kernel knows no such format.
    if not bytes(inode.data).startswith(PROGRAM_MAGIC):
        raise Refused(ENOEXEC)
    return place


def would_dump(current: Task, place: Path) -> tuple[UserNamespace, bool]:
    """The user namespace of a program, and whether the task may read it.

    # R089, would_dump(): a program that cannot be read is not dumpable,
    # and belongs to the nearest user namespace above in which its owner and group are mapped.
    """
    ns = current.cred.user_ns
    try:
        inode_permission(current, place, MAY_READ)
    except Refused:
        ids = vfsids(place.mnt.idmap, place.dentry.inode)
        while ns.parent is not None and not privileged_wrt_inode_uidgid(current, ns, ids):
            ns = ns.parent
        return ns, False
    return ns, True


def mnt_may_suid(current: Task, place: Path) -> bool:
    """Whether a mount gives privilege to programs.

    # R085, mnt_may_suid(): not with MS_NOSUID, not through a mount of another mount namespace,
    # and not from a filesystem of a user namespace that is neither the task's own nor above it.
    """
    if place.mnt.flags & MS_NOSUID:
        return False
    if not current.kernel.has("superblocks-have-user-namespace"):
        return True
    return place.mnt.ns is current.nsproxy.mnt_ns and in_userns(place.mnt.sb.user_ns, current.cred.user_ns)


def bprm_creds(current: Task, place: Path) -> tuple[Cred, bool]:
    """The credentials after the execution, and whether it raises privilege."""
    old = current.cred
    new = replace(bprm_fill_uid(current, place), thread_keyring=None, process_keyring=None)
    brought = _handle_privileged_root(old, new, get_file_caps(current, place, new))
    new = replace(new, cap_permitted=brought.permitted)
    id_changed = _id_changed(current, new)
    if (id_changed or new.cap_permitted & ~old.cap_permitted) and _is_unsafe(current):
        new = _downgraded(current, new)
    new = _settled(new, brought, id_changed)
    return new, _is_secure(old, new, brought, id_changed)


def bprm_fill_uid(current: Task, place: Path) -> Cred:
    """The effective IDs that the set-user-ID and set-group-ID bits give.  R085, bprm_fill_uid()."""
    cred = current.cred
    inode = place.dentry.inode
    ids = vfsids(place.mnt.idmap, inode)
    # R085: not if the mount gives no privilege, nor after PR_SET_NO_NEW_PRIVS.
    if not mnt_may_suid(current, place) or current.no_new_privs:
        return cred
    # R085, user_namespaces(7): ignored if the owner or the group of the file has no mapping here.
    if not kuid_has_mapping(cred.user_ns, ids.uid) or not kgid_has_mapping(cred.user_ns, ids.gid):
        return cred
    euid = ids.uid if inode.mode & S_ISUID else cred.euid
    # R085: without permission to execute for the group, the set-group-ID bit means something else.
    sgid = inode.mode & (S_ISGID | _GROUP_EXEC) == S_ISGID | _GROUP_EXEC
    return replace(cred, euid=euid, egid=ids.gid if sgid else cred.egid)


def get_file_caps(current: Task, place: Path, new: Cred) -> Brought:
    """What file capabilities bring.

    # R086, get_file_caps(), capabilities(7): P' = (P(file) & bounding set) | (I(file) & I).
    """
    caps = get_vfs_caps_from_disk(current, place) if mnt_may_suid(current, place) else None
    if caps is None:
        return Brought()
    full = current.kernel.cap_full_set
    permitted = (new.cap_bset & caps.permitted & full) | (new.cap_inheritable & caps.inheritable & full)
    # R086, execve(2) EPERM: a program with the effective flag gets all that it asks for, or is not executed.
    if caps.effective and caps.permitted & full & ~permitted:
        raise Refused(EPERM)
    return Brought(permitted, caps.effective, has_fcap=True)


def _handle_privileged_root(old: Cred, new: Cred, brought: Brought) -> Brought:
    """R087, handle_privileged_root(), capabilities(7) "Capabilities and execution of programs by root"."""
    if issecure(old, abi.SECBIT_NOROOT):
        return brought
    root = make_kuid(new.user_ns, Uid(0))
    # R087: a set-user-ID-root program with file capabilities gives those to others, and nothing more.
    if brought.has_fcap and new.uid != root and new.euid == root:
        return brought
    # R087: user ID 0 of the user namespace, real or effective, has all permitted capabilities.
    if root in (new.euid, new.uid):
        brought = replace(brought, permitted=old.cap_bset | old.cap_inheritable)
    # R087: and effective ones if it is the effective user ID.
    return replace(brought, effective=True) if new.euid == root else brought


def _id_changed(current: Task, new: Cred) -> bool:
    """R088, whether the program brings another identity."""
    old = current.cred
    if current.kernel.has("exec-compares-with-effective-ids"):
        return new.euid != old.euid or not in_group(old, new.egid)
    return new.euid != old.uid or new.egid != old.gid


def _is_unsafe(current: Task) -> bool:
    """R088, check_unsafe_exec(): no_new_privs, a shared root directory, or a tracer without
    CAP_SYS_PTRACE."""
    if current.no_new_privs or current.fs.users > 1:
        return True
    tracer = current.ptracer
    return tracer is not None and not cap_capable(tracer.cred, current.cred.user_ns, CAP_SYS_PTRACE)


def _downgraded(current: Task, new: Cred) -> Cred:
    """R088, execve(2): an unsafe execution gives no more than the task had."""
    if current.no_new_privs or not ns_capable(current, new.user_ns, CAP_SETUID):
        new = replace(new, euid=new.uid, egid=new.gid)
    return replace(new, cap_permitted=new.cap_permitted & current.cred.cap_permitted)


def _settled(new: Cred, brought: Brought, id_changed: bool) -> Cred:
    """R089, capabilities(7) "Transformation of capabilities during execve()"."""
    # R089: file capabilities and a change of IDs clear the ambient set.
    ambient = 0 if brought.has_fcap or id_changed else new.cap_ambient
    permitted = new.cap_permitted | ambient
    return replace(
        new,
        suid=new.euid,
        fsuid=new.euid,
        sgid=new.egid,
        fsgid=new.egid,
        cap_ambient=ambient,
        cap_permitted=permitted,
        cap_effective=permitted if brought.effective else ambient,
        securebits=new.securebits & ~abi.SECBIT_KEEP_CAPS,
    )


def _is_secure(old: Cred, new: Cred, brought: Brought, id_changed: bool) -> bool:
    """R089, AT_SECURE of getauxval(3): the execution raises privilege."""
    if id_changed or new.euid != old.uid or new.egid != old.gid:
        return True
    if new.uid == make_kuid(new.user_ns, Uid(0)):
        return False
    return brought.effective or bool(new.cap_permitted & ~new.cap_ambient)


def _begin_new_exec(
    current: Task,
    place: Path,
    user_ns: UserNamespace,
    readable: bool,
    secure: bool,
) -> None:
    """The new program in memory.  Twin: begin_new_exec()."""
    cred = current.cred
    # R089, prctl(2) PR_SET_DUMPABLE: dumpable if it can be read and the IDs of the task agree.
    agree = cred.euid == cred.uid and cred.egid == cred.gid
    dumpable = SUID_DUMP_USER if readable and agree else current.kernel.sysctl.suid_dumpable
    current.mm.users -= 1
    current.mm = Mm(user_ns, place, dumpable)
    if current.files.users > 1:
        current.files.users -= 1
        current.files = current.files.copy()
    for fd in sorted(current.files.close_on_exec):
        close_fd(current, fd)
    current.exit_signal = abi.SIGCHLD
    current.comm = place.dentry.name[:15]
    # PR_SET_PDEATHSIG(2const): cleared by a program that raises privilege.
    if secure:
        current.pdeath_signal = 0
