"""Starting a machine.

An example runs as on the live kernel: in mount, PID, UTS and IPC namespaces of its own,
owned by the initial user namespace, in an empty scratch directory on a tmpfs, with all other files read-only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import S_IFCHR, S_IFDIR, S_IFREG
from nsdoc.backends.model.cred import Cred
from nsdoc.backends.model.dcache import Dentry, Path
from nsdoc.backends.model.exec import PROGRAM_MAGIC
from nsdoc.backends.model.file import File, FilesStruct
from nsdoc.backends.model.fork import start_process
from nsdoc.backends.model.fs_context import OpaqueRoot
from nsdoc.backends.model.fs_struct import FsStruct
from nsdoc.backends.model.fs_types import NSFS, ROOT, get_fs_type
from nsdoc.backends.model.inode import Inode, Superblock
from nsdoc.backends.model.kernel import Kernel
from nsdoc.backends.model.mount import MntNamespace, Mount, traverse_mounts
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.ns_types import CgroupNamespace, IpcNamespace, NetNamespace, TimeNamespace
from nsdoc.backends.model.nsproxy import Nsproxy
from nsdoc.backends.model.pid import PidNamespace, alloc_pid, attach_pid
from nsdoc.backends.model.proc_root import proc_fill_super
from nsdoc.backends.model.sched import Mm, SignalStruct, Task
from nsdoc.backends.model.ucount import INITIAL_LIMIT, charge_nproc, find_ucounts
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID, IDENTITY, Kgid, Kuid
from nsdoc.backends.model.user_namespace import UserNamespace
from nsdoc.backends.model.uts import UtsNamespace

if TYPE_CHECKING:
    from nsdoc.backends.model.fs_types import FileSystemType
    from nsdoc.backends.model.history import Edition


@dataclass(frozen=True, slots=True)
class Setting:
    """What of a host can be played besides its release.

    `caps` are the capabilities that its root has, permitted and bounding; None for all.
    """

    caps: int | None = None
    scratch: str = "/mnt/scratch"
    program: str = "/usr/bin/program"
    nodename: str = "localhost"


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
_FILES: Final = (("etc/passwd", 0o644), ("etc/shadow", 0o640))


def boot(edition: Edition, setting: Setting) -> Kernel:
    """A machine with the process that starts those of an example."""
    kernel = Kernel(edition)
    _init_user_ns(kernel)
    _init_nsfs(kernel)
    init = _init_task(kernel, setting)
    _install(init.fs.root.dentry, setting)
    kernel.host = _start_host(kernel, init, setting)
    return kernel


def _init_user_ns(kernel: Kernel) -> None:
    # R001: the initial user namespace maps every ID to itself, and allows setgroups(2).
    ns = UserNamespace(kernel, None, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, kernel.sysctl.overflow)
    ns.uid_map = ns.gid_map = ns.projid_map = IDENTITY
    ns.inum = _INITIAL_INUMS["user"]
    ns.ucount_max = dict.fromkeys(ns.ucount_max, INITIAL_LIMIT)
    kernel.init_user_ns = ns


def _init_nsfs(kernel: Kernel) -> None:
    sb = Superblock(kernel, NSFS, kernel.init_user_ns)
    sb.root = Dentry("/", None, Inode(sb, S_IFDIR | 0o555, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID))
    kernel.nsfs_mnt = Mount(kernel, sb, sb.root)


def _init_task(kernel: Kernel, setting: Setting) -> Task:
    """Process 1 of the machine, in the initial namespaces."""
    ns = kernel.init_user_ns
    pid_ns = kernel.init_pid_ns = PidNamespace(kernel, ns, None)
    mnt_ns = MntNamespace(kernel, ns)
    nsproxy = Nsproxy(
        mnt_ns=mnt_ns,
        uts_ns=UtsNamespace(kernel, ns, setting.nodename, "(none)"),
        ipc_ns=IpcNamespace(kernel, ns),
        pid_ns_for_children=pid_ns,
        cgroup_ns=CgroupNamespace(kernel, ns),
        net_ns=NetNamespace(kernel, ns),
        time_ns=(time_ns := TimeNamespace(kernel, ns)),
        time_ns_for_children=time_ns,
    )
    time_ns.frozen = True
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
    task = Task(
        kernel,
        alloc_pid(None, pid_ns),
        _init_cred(ns, kernel.cap_full_set if setting.caps is None else setting.caps),
        nsproxy,
    )
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
    for name, device in (("dev/null", 0x103), ("dev/zero", 0x105), ("dev/fuse", 0xAE5)):
        _make(sb, name, S_IFCHR | 0o666).inode.rdev = device
    # As on a real machine, the root filesystem is mounted upon that of the initramfs.
    bottom_sb = new_filesystem(kernel, _type("tmpfs"), kernel.init_user_ns, 0o755)
    bottom = Mount(kernel, bottom_sb, bottom_sb.root)
    mnt = Mount(kernel, sb, sb.root, abi.MS_RELATIME)
    mnt.attach(bottom, bottom.root)
    bottom.ns = mnt.ns = mnt_ns
    mnt_ns.root = bottom
    return Path(mnt, sb.root)


def _make(sb: Superblock, name: str, mode: int) -> Dentry:
    *parents, last = name.split("/")
    entry = sb.root
    for parent in parents:
        entry = entry.children[parent]
    if mode & abi.S_IFMT == S_IFDIR:
        entry.inode.nlink += 1
    return entry.add(last, Inode(sb, mode, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID))


def _place(setting: Setting) -> str:
    """The directory on which a small filesystem with the scratch directory is mounted."""
    return setting.scratch.rsplit("/", 1)[0]


def _install(root: Dentry, setting: Setting) -> None:
    """The directories that are mounted on, and the program where it is not below one of them."""
    _make_parents(root, f"{_place(setting)}/.")
    if not setting.program.startswith(f"{_place(setting)}/"):
        _make_program(root, setting.program)


def _make_program(root: Dentry, path: str) -> None:
    _make_parents(root, path)
    _make(root.inode.sb, path.strip("/"), S_IFREG | 0o755).inode.data = bytearray(PROGRAM_MAGIC)


def _make_parents(root: Dentry, path: str) -> None:
    *parents, _ = path.strip("/").split("/")
    for depth in range(1, len(parents) + 1):
        name = "/".join(parents[:depth])
        if not _exists(root, name):
            _make(root.inode.sb, name, S_IFDIR | 0o755)


def _exists(root: Dentry, name: str) -> bool:
    for part in name.split("/"):
        if part not in root.children:
            return False
        root = root.children[part]
    return True


def _start_host(kernel: Kernel, init: Task, setting: Setting) -> Task:
    """Process 1 of the example's PID namespace."""
    kinds = abi.CLONE_NEWNS | abi.CLONE_NEWUTS | abi.CLONE_NEWIPC
    if kernel.has("pid-namespaces"):
        kinds |= abi.CLONE_NEWPID
    kernel.host = init
    host = start_process(init, kinds, init.cred)
    kernel.example_pid_ns = host.pid_struct.ns
    host.comm = "python3"
    host.cmdline = ("python3",)
    top = host.fs.root
    top.mnt.flags |= abi.MS_RDONLY
    host.files.fds = {fd: _opened(host, "/dev/null") for fd in range(3)}
    # The proc filesystem of the whole machine, and upon it that of the example.
    proc = _type("proc")
    _mount(host, "/proc", proc_fill_super(kernel, proc, kernel.init_pid_ns), 0)
    flags = abi.MS_NOSUID | abi.MS_NODEV | abi.MS_NOEXEC
    _mount(host, "/proc", proc_fill_super(kernel, proc, kernel.example_pid_ns), flags)
    sysfs = Superblock(kernel, _type("sysfs"), kernel.init_user_ns)
    sysfs.root = Dentry("/", None, OpaqueRoot(sysfs, S_IFDIR | 0o555, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID))
    kernel.shared_superblocks["sysfs", host.nsproxy.net_ns] = sysfs
    _mount(host, "/sys", sysfs, 0)
    host.fs.pwd = _mount_scratch(host, setting)
    host.mm.exe = user_path(host, setting.program)
    return host


def _mount_scratch(host: Task, setting: Setting) -> Path:
    """The scratch directory, on a small filesystem of root's; the program may be there, too."""
    kernel, place = host.kernel, _place(setting)
    small = new_filesystem(kernel, _type("tmpfs"), kernel.init_user_ns, 0o755)
    directory = _make(small, setting.scratch.rsplit("/", 1)[1], S_IFDIR | 0o755)
    if setting.program.startswith(f"{place}/"):
        _make_program(small.root, setting.program.removeprefix(place))
    _mount(host, place, small, 0)
    below = host.fs.root.mnt.mounts[_find(host.fs.root.dentry, place)]
    sb = new_filesystem(kernel, _type("tmpfs"), kernel.init_user_ns, 0o1777)
    scratch = Mount(kernel, sb, sb.root, abi.MS_RELATIME)
    _attach(below, directory, scratch)
    return Path(scratch, sb.root)


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
    below, place = traverse_mounts(Path(top.mnt, _find(top.dentry, name)))
    _attach(below, place, Mount(host.kernel, sb, sb.root, flags | abi.MS_RELATIME))


def _attach(below: Mount, place: Dentry, mnt: Mount) -> None:
    mnt.source = mnt.sb.fstype.name
    mnt.ns = below.ns
    mnt.attach(below, place)
