"""System V message queues, as far as their owners go.

Twin: ipc/util.c and ipc/msg.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_IPC_OWNER, CAP_SYS_ADMIN, IPC_CREAT, IPC_EXCL, IPC_PRIVATE
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.cred import in_egroup
from nsdoc.backends.model.errnos import EACCES, EEXIST, EINVAL, ENOENT, EPERM
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import from_kgid_munged, from_kuid_munged
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.ns_types import IpcNamespace
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kgid, Kuid
    from nsdoc.backends.model.user_namespace import UserNamespace

_ENTRIES: Final = 32768
# MSG_STAT_ANY of linux/msg.h.
_LAST_COMMAND: Final = 13


@dataclass(frozen=True, slots=True)
class Queue:
    """A message queue: its key, who owns it and who created it."""

    key: int
    uid: Kuid
    gid: Kgid
    mode: int


def sys_msgget(current: Task, key: int, flags: int = 0) -> int:
    """The ID of a message queue.  msgget(2).

    Raises:
        Refused: ENOENT, EEXIST, EACCES.
    """
    queues = current.nsproxy.ipc_ns.queues
    found = None if key == IPC_PRIVATE else next((n for n, queue in queues.items() if queue.key == key), None)
    if found is None:
        # msgget(2) ENOENT: there is no queue with the key.
        if key != IPC_PRIVATE and not flags & IPC_CREAT:
            raise Refused(ENOENT)
        return _new_queue(current, key, flags & 0o777)
    # msgget(2) EEXIST: there is one, and a new one was asked for.
    if flags & IPC_CREAT and flags & IPC_EXCL:
        raise Refused(EEXIST)
    # msgget(2) EACCES: no permission.
    if not ipcperms(current, queues[found], flags):
        raise Refused(EACCES)
    return found


def _new_queue(current: Task, key: int, mode: int) -> int:
    ns = current.nsproxy.ipc_ns
    slot = next(n for n in range(_ENTRIES) if n not in {number % _ENTRIES for number in ns.queues})
    number = ns.sequence * _ENTRIES + slot
    ns.queues[number] = Queue(key, current.cred.euid, current.cred.egid, mode)
    return number


def ipcperms(current: Task, queue: Queue, wanted: int) -> bool:
    """Whether the task may access an IPC object.

    # R080, ipcperms(), sysvipc(7): the mode decides, or CAP_IPC_OWNER in the owner of the IPC namespace.
    """
    asked = (wanted >> 6) | (wanted >> 3) | wanted
    granted = queue.mode
    if current.cred.euid == queue.uid:
        granted >>= 6
    elif in_egroup(current.cred, queue.gid):
        granted >>= 3
    allowed = not asked & ~granted & 7
    return allowed or ns_capable(current, current.nsproxy.ipc_ns.owner_ns(), CAP_IPC_OWNER)


def show_queues(ns: IpcNamespace, mine: UserNamespace) -> str:
    """The text of /proc/sysvipc/msg, proc(5); queues are empty, and times are not modelled.

    # R004, sysvipc_msg_proc_show(): IDs are those of the user namespace of whoever opened the file.
    """
    head = "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
    lines = [f"{head}      stime      rtime      ctime"]
    for number, queue in ns.queues.items():
        uid, gid = from_kuid_munged(mine, queue.uid), from_kgid_munged(mine, queue.gid)
        owners = f"{uid:5} {gid:5} {uid:5} {gid:5}"
        start = f"{queue.key:10} {number:10}  {queue.mode:4o}  {0:10} {0:10} {0:5} {0:5} {owners}"
        lines.append(f"{start} {0:10} {0:10} {0:10}")
    return "".join(f"{line}\n" for line in lines)


def sys_msgctl(current: Task, queue: int, command: int) -> tuple[int, ...] | None:
    """With IPC_STAT who owns a queue; with IPC_RMID it is removed.  msgctl(2).

    Raises:
        Refused: EINVAL, EACCES, EPERM.
    """
    ns = current.nsproxy.ipc_ns
    # msgctl(2) EINVAL: there is no such command.
    if not 0 <= command <= _LAST_COMMAND:
        raise Refused(EINVAL)
    if command not in (abi.IPC_STAT, abi.IPC_RMID):
        raise Unavailable(f"msgctl() with command {command} is not modelled")
    found = ns.queues.get(queue)
    # msgctl(2) EINVAL: there is no such queue.
    if found is None:
        raise Refused(EINVAL)
    if command == abi.IPC_STAT:
        # msgctl(2) EACCES: no permission to read.
        if not ipcperms(current, found, 0o444):
            raise Refused(EACCES)
        mine = current.cred.user_ns
        uid, gid = from_kuid_munged(mine, found.uid), from_kgid_munged(mine, found.gid)
        return uid, gid, uid, gid, found.mode
    # ipcctl_obtain_check(), msgctl(2) EPERM: neither owner nor creator, without CAP_SYS_ADMIN
    # in the owner of the IPC namespace.
    if current.cred.euid != found.uid and not ns_capable(current, ns.owner_ns(), CAP_SYS_ADMIN):
        raise Refused(EPERM)
    del ns.queues[queue]
    ns.sequence += 1
    return None
