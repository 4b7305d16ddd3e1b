"""Starting a machine.

An example runs as on the live kernel: in mount, PID, UTS and IPC namespaces of its own,
owned by the initial user namespace, in an empty scratch directory on a tmpfs, with all other files read-only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import S_IFCHR, S_IFDIR, S_IFREG
from nsdoc.backends.model.cred import Cred
from nsdoc.backends.model.dcache import Dentry, Path
from nsdoc.backends.model.exec import PROGRAM_MAGIC
from nsdoc.backends.model.file import File, FilesStruct
from nsdoc.backends.model.fork import copy_process
from nsdoc.backends.model.fs_struct import FsStruct
from nsdoc.backends.model.fs_types import NSFS, ROOT, get_fs_type
from nsdoc.backends.model.inode import Inode, Superblock
from nsdoc.backends.model.kernel import Kernel
from nsdoc.backends.model.mount import MntNamespace, Mount
from nsdoc.backends.model.ns_types import CgroupNamespace, IpcNamespace, NetNamespace, TimeNamespace
from nsdoc.backends.model.nsproxy import Nsproxy
from nsdoc.backends.model.pid import PidNamespace, alloc_pid, attach_pid
from nsdoc.backends.model.proc_root import proc_fill_super
from nsdoc.backends.model.sched import Mm, SignalStruct, Task
from nsdoc.backends.model.ucount import charge_nproc, find_ucounts
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID, IDENTITY, Kgid, Kuid
from nsdoc.backends.model.user_namespace import UserNamespace
from nsdoc.backends.model.uts import UtsNamespace

if TYPE_CHECKING:
    from nsdoc.backends.model.fs_types import FileSystemType
    from nsdoc.backends.model.history import Edition

SCRATCH: Final = "/mnt/scratch"
PROGRAM: Final = "/usr/bin/program"

# How many namespaces of a kind a user may have at first; half the number of threads that the machine may run.
_INITIAL_LIMIT: Final = 31000

# The inode numbers of the initial namespaces, include/linux/proc_ns.h.
_INITIAL_INUMS: Final = {
    "ipc": 0xEFFFFFFF,
    "uts": 0xEFFFFFFE,
    "user": 0xEFFFFFFD,
    "pid": 0xEFFFFFFC,
    "cgroup": 0xEFFFFFFB,
    "time": 0xEFFFFFFA,
    "net": 0xEFFFFFF9,
    "mnt": 0xEFFFFFF8,
}
_DIRECTORIES: Final = (
    "dev",
    "etc",
    "home",
    "mnt",
    "mnt/scratch",
    "proc",
    "root",
    "sys",
    "tmp",
    "usr",
    "usr/bin",
    "var",
)
_FILES: Final = (("etc/passwd", 0o644), ("etc/shadow", 0o640), ("usr/bin/program", 0o755))


def boot(edition: Edition, caps: int | None = None) -> Kernel:
    """A machine with the process that starts those of an example.

    `caps` are the capabilities that this process has, permitted and bounding, by default all;
    so can a host be played that withholds some.
    """
    kernel = Kernel(edition)
    _init_user_ns(kernel)
    _init_nsfs(kernel)
    init = _init_task(kernel, kernel.cap_full_set if caps is None else caps)
    kernel.host = _start_host(kernel, init)
    return kernel


def _init_user_ns(kernel: Kernel) -> None:
    # R001: the initial user namespace maps every ID to itself, and allows setgroups(2).
    ns = UserNamespace(kernel, None, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, kernel.sysctl.overflow)
    ns.uid_map = ns.gid_map = ns.projid_map = IDENTITY
    ns.inum = _INITIAL_INUMS["user"]
    ns.ucount_max = dict.fromkeys(ns.ucount_max, _INITIAL_LIMIT)
    kernel.init_user_ns = ns


def _init_nsfs(kernel: Kernel) -> None:
    sb = Superblock(kernel, NSFS, kernel.init_user_ns)
    sb.root = Dentry("/", None, Inode(sb, S_IFDIR | 0o555, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID))
    kernel.nsfs_mnt = Mount(kernel, sb, sb.root)


def _init_task(kernel: Kernel, caps: int) -> Task:
    """Process 1 of the machine, in the initial namespaces."""
    ns = kernel.init_user_ns
    pid_ns = kernel.init_pid_ns = PidNamespace(kernel, ns, None)
    mnt_ns = MntNamespace(kernel, ns)
    nsproxy = Nsproxy(
        mnt_ns=mnt_ns,
        uts_ns=UtsNamespace(kernel, ns, "localhost", "(none)"),
        ipc_ns=IpcNamespace(kernel, ns),
        pid_ns_for_children=pid_ns,
        cgroup_ns=CgroupNamespace(kernel, ns),
        net_ns=NetNamespace(kernel, ns),
        time_ns=(time_ns := TimeNamespace(kernel, ns)),
        time_ns_for_children=time_ns,
    )
    for initial in (
        mnt_ns,
        nsproxy.uts_ns,
        nsproxy.ipc_ns,
        pid_ns,
        nsproxy.cgroup_ns,
        nsproxy.net_ns,
        time_ns,
    ):
        initial.inum = _INITIAL_INUMS[initial.kind]
    nsproxy.net_ns.loopback = True
    task = Task(kernel, alloc_pid(None, pid_ns), _init_cred(ns, caps), nsproxy)
    root = _root_filesystem(kernel, mnt_ns)
    task.fs = FsStruct(root, root, 0o022)
    task.files = FilesStruct()
    task.mm = Mm(ns, None)
    task.signal = SignalStruct()
    attach_pid(task)
    charge_nproc(task.cred.ucounts)
    kernel.tasks.append(task)
    return task


def _init_cred(ns: UserNamespace, caps: int) -> Cred:
    uid, gid = GLOBAL_ROOT_UID, GLOBAL_ROOT_GID
    return Cred(
        uid=uid, gid=gid, suid=uid, sgid=gid, euid=uid, egid=gid, fsuid=uid, fsgid=gid, groups=(),
        cap_inheritable=0, cap_permitted=caps, cap_effective=caps, cap_bset=caps, cap_ambient=0,
        securebits=0, user_ns=ns, ucounts=find_ucounts(ns, uid),
    )  # fmt: skip


def new_filesystem(
    kernel: Kernel, fstype: FileSystemType, ns: UserNamespace, mode: int, info: object = None
) -> Superblock:
    """A filesystem with an empty root directory that belongs to root of its user namespace."""
    sb = Superblock(kernel, fstype, ns, info)
    sb.root = Dentry("/", None, Inode(sb, S_IFDIR | mode, Kuid(0), Kgid(0)))
    return sb


def _root_filesystem(kernel: Kernel, mnt_ns: MntNamespace) -> Path:
    sb = new_filesystem(kernel, ROOT, kernel.init_user_ns, 0o755)
    for name in _DIRECTORIES:
        _make(sb, name, S_IFDIR | (0o1777 if name == "tmp" else 0o755))
    for name, mode in _FILES:
        _make(sb, name, S_IFREG | mode)
    _find(sb.root, PROGRAM).inode.data = bytearray(PROGRAM_MAGIC)
    for name, device in (("dev/null", 0x103), ("dev/zero", 0x105), ("dev/fuse", 0xAE5)):
        _make(sb, name, S_IFCHR | 0o666).inode.rdev = device
    mnt = Mount(kernel, sb, sb.root, abi.MS_RELATIME)
    mnt.ns, mnt_ns.root = mnt_ns, mnt
    return Path(mnt, sb.root)


def _make(sb: Superblock, name: str, mode: int) -> Dentry:
    *parents, last = name.split("/")
    entry = sb.root
    for parent in parents:
        entry = entry.children[parent]
    if mode & abi.S_IFMT == S_IFDIR:
        entry.inode.nlink += 1
    return entry.add(last, Inode(sb, mode, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID))


def _start_host(kernel: Kernel, init: Task) -> Task:
    """Process 1 of the example's PID namespace."""
    kinds = abi.CLONE_NEWNS | abi.CLONE_NEWUTS | abi.CLONE_NEWIPC
    if kernel.has("pid-namespaces"):
        kinds |= abi.CLONE_NEWPID
    kernel.host = init
    host = copy_process(init, kinds)
    kernel.example_pid_ns = host.pid_struct.ns
    host.comm = "python3"
    host.cmdline = ("python3",)
    top = host.fs.root
    top.mnt.flags |= abi.MS_RDONLY
    host.mm.exe = Path(top.mnt, _find(top.dentry, PROGRAM))
    host.files.fds = {fd: _opened(host, "/dev/null") for fd in range(3)}
    _mount(
        host,
        "/proc",
        proc_fill_super(kernel, _type("proc"), kernel.example_pid_ns),
        abi.MS_NOSUID | abi.MS_NODEV | abi.MS_NOEXEC,
    )
    sysfs = new_filesystem(kernel, _type("sysfs"), kernel.init_user_ns, 0o555)
    kernel.shared_superblocks["sysfs", host.nsproxy.net_ns] = sysfs
    _mount(host, "/sys", sysfs, 0)
    _mount(host, SCRATCH, new_filesystem(kernel, _type("tmpfs"), kernel.init_user_ns, 0o1777), 0)
    host.fs.pwd = Path(
        top.mnt.mounts[_find(top.dentry, SCRATCH)], top.mnt.mounts[_find(top.dentry, SCRATCH)].root
    )
    return host


def _type(name: str) -> FileSystemType:
    fstype = get_fs_type(name)
    assert fstype is not None
    return fstype


def _find(root: Dentry, name: str) -> Dentry:
    for part in name.strip("/").split("/"):
        root = root.children[part]
    return root


def _opened(host: Task, name: str) -> File:
    file = File(Path(host.fs.root.mnt, _find(host.fs.root.dentry, name)), abi.O_RDWR, host.cred)
    file.users = 1
    return file


def _mount(host: Task, name: str, sb: Superblock, flags: int) -> None:
    top = host.fs.root
    mnt = Mount(host.kernel, sb, sb.root, flags | abi.MS_RELATIME)
    mnt.source = sb.fstype.name
    mnt.ns = top.mnt.ns
    mnt.attach(top.mnt, _find(top.dentry, name))
