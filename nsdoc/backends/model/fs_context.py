"""Making filesystems to mount.

Twin: fs/fs_context.c, and the init_fs_context() and fill_super() of each filesystem.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SYS_ADMIN, MS_RDONLY, S_IFCHR, S_IFDIR, S_IFREG
from nsdoc.backends.model.capability import capable, ns_capable
from nsdoc.backends.model.dcache import Dentry
from nsdoc.backends.model.errnos import EINVAL, ENODEV, EPERM
from nsdoc.backends.model.fs_types import FileSystemType, get_fs_type
from nsdoc.backends.model.inode import Inode, Superblock
from nsdoc.backends.model.mount import Mount
from nsdoc.backends.model.namespace import ATIME
from nsdoc.backends.model.pid import task_active_pid_ns
from nsdoc.backends.model.proc_root import proc_fill_super
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import (
    INVALID,
    Gid,
    Kgid,
    Kuid,
    Uid,
    kgid_has_mapping,
    kuid_has_mapping,
    make_kgid,
    make_kuid,
)
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.ns_common import Namespace
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace

_TMPFS_OPTIONS: Final = ("size", "nr_inodes", "nr_blocks", "mode", "uid", "gid", "huge", "inode32", "inode64")
_FUSE_OPTIONS: Final = ("fd", "rootmode", "user_id", "group_id")
# Of cgroup version 1 only hierarchies without controllers are modelled, which have a name.
_OPTIONS: Final = {
    "tmpfs": _TMPFS_OPTIONS,
    "fuse": _FUSE_OPTIONS,
    "ramfs": ("mode",),
    "overlay": ("lowerdir", "upperdir", "workdir", "userxattr"),
    "cgroup": ("none", "name"),
}
# What is in a filesystem from the start.
_FIRST_FILES: Final = {
    "binfmt_misc": (("register", S_IFREG | 0o200), ("status", S_IFREG | 0o644)),
    "devpts": (("ptmx", S_IFCHR | 0o000),),
}
_FUSE_DEVICE: Final = 10 << 8 | 229


@dataclass(slots=True)
class FsContext:
    """A filesystem that is being configured."""

    fstype: FileSystemType
    user_ns: UserNamespace
    source: str = "none"
    options: dict[str, str] = field(default_factory=dict)
    sb: Superblock | None = None
    mounted: bool = False


def fs_context_for_mount(current: Task, name: str) -> FsContext:
    """A context for a new instance of a type.

    Raises:
        Refused: ENODEV, there is no such type; EPERM, as R070 says.
    """
    fstype = get_fs_type(name)
    # mount(2) ENODEV: no such type is configured in the kernel.
    if fstype is None:
        raise Refused(ENODEV)
    owner = _owner(current, fstype)
    # R070, sysfs_init_fs_context(): CAP_SYS_ADMIN in the owner of the network namespace is asked for at once.
    if (
        fstype.name == "sysfs"
        and owner is not None
        and not ns_capable(current, owner.owner_ns(), CAP_SYS_ADMIN)
    ):
        raise Refused(EPERM)
    # R070: the user namespace of the filesystem is the caller's, or the owner of the namespace that it shows.
    return FsContext(fstype, current.cred.user_ns if owner is None else owner.owner_ns())


def _owner(current: Task, fstype: FileSystemType) -> Namespace | None:
    nsproxy = current.nsproxy
    if fstype.owner == "pid":
        return task_active_pid_ns(current)
    if fstype.owner == "net":
        return nsproxy.net_ns
    if fstype.owner == "ipc":
        return nsproxy.ipc_ns
    return nsproxy.cgroup_ns if fstype.owner == "cgroup" else None


def mount_capable(current: Task, fc: FsContext) -> bool:
    """Whether the task may make this filesystem.

    # R070, mount_capable(), user_namespaces(7): a type that is safe for it needs CAP_SYS_ADMIN
    # in the user namespace of the filesystem, any other in the initial one.
    """
    change = fc.fstype.userns_mount
    if change is None or not current.kernel.has(change):
        return capable(current, CAP_SYS_ADMIN)
    return ns_capable(current, fc.user_ns, CAP_SYS_ADMIN)


def parse_options(fc: FsContext, data: str) -> None:
    """Options as mount(2) takes them, separated by commas."""
    for word in filter(None, data.split(",")):
        key, _, value = word.partition("=")
        parse_option(fc, key, value)


def parse_option(fc: FsContext, key: str, value: str) -> None:
    """One option.

    Raises:
        Refused: EINVAL, the filesystem has no such option.
        Unavailable: the options of the type are not modelled.
    """
    if key == "source":
        fc.source = value
        return
    known = _OPTIONS.get(fc.fstype.name)
    if known is None or (fc.fstype.name == "cgroup" and key not in known):
        raise Unavailable(f"options of {fc.fstype.name} are not modelled")
    # mount(2) EINVAL: there is no such option; ramfs ignores it.
    if key not in known:
        if fc.fstype.name == "ramfs":
            return
        raise Refused(EINVAL)
    fc.options[key] = value


def get_tree(current: Task, fc: FsContext) -> Superblock:
    """The filesystem itself, new or one that exists already.  Twin: vfs_get_tree().

    Raises:
        Refused: EINVAL, the options do not fit.
        Unavailable: what the filesystem shows is not modelled.
    """
    kernel, name = current.kernel, fc.fstype.name
    if name == "proc":
        return proc_fill_super(kernel, fc.fstype, task_active_pid_ns(current))
    owner = _owner(current, fc.fstype)
    existing = kernel.shared_superblocks.get((name, owner)) if owner is not None else None
    if name == "cgroup":
        name, owner = _hierarchy(fc), kernel.host.nsproxy.cgroup_ns
        existing = kernel.shared_superblocks.get((name, owner))
        # R070, cgroup1_root_to_use(), EPERM: only the initial cgroup namespace can have a new hierarchy.
        if existing is None and current.nsproxy.cgroup_ns is not owner:
            raise Refused(EPERM)
    if existing is not None:
        return existing
    sb = Superblock(kernel, fc.fstype, fc.user_ns, owner)
    sb.root = Dentry("/", None, _root_inode(current, fc, sb))
    for entry, mode in _FIRST_FILES.get(name, ()):
        sb.root.add(entry, OpaqueFile(sb, mode, make_kuid(sb.user_ns, Uid(0)), make_kgid(sb.user_ns, Gid(0))))
    if owner is not None:
        kernel.shared_superblocks[name, owner] = sb
    return sb


def _hierarchy(fc: FsContext) -> str:
    """What tells a hierarchy of cgroup version 1 from others, cgroups(7)."""
    if "none" not in fc.options or "name" not in fc.options:
        raise Unavailable("controllers of cgroup version 1 are not modelled")
    return f"cgroup {fc.options['name']}"


def _root_inode(current: Task, fc: FsContext, sb: Superblock) -> Inode:
    """The root directory: its mode, and whose it is."""
    mine = current.cred.fsuid, current.cred.fsgid
    theirs = make_kuid(sb.user_ns, Uid(0)), make_kgid(sb.user_ns, Gid(0))
    match fc.fstype.name:
        case "tmpfs":
            uid, gid = _tmpfs_owner(current, fc)
            return Inode(sb, S_IFDIR | int(fc.options.get("mode", "1777"), 8), uid, gid)
        case "ramfs":
            return Inode(sb, S_IFDIR | int(fc.options.get("mode", "755"), 8), *mine)
        case "mqueue":
            return Inode(sb, S_IFDIR | 0o1777, *mine)
        case "bpf":
            _check_bpf(current, fc)
            return Inode(sb, S_IFDIR | 0o1777, *mine)
        case "devpts":
            return Inode(sb, S_IFDIR | 0o755, *theirs)
        case "binfmt_misc":
            return Inode(sb, S_IFDIR | 0o755, *theirs)
        case "sysfs" | "cgroup" | "cgroup2":
            return OpaqueRoot(sb, S_IFDIR | 0o555, Kuid(0), Kgid(0))
        case "fuse":
            _check_fuse(current, fc)
            return OpaqueRoot(sb, int(fc.options["rootmode"], 8), *mine)
        case "overlay":
            # ovl_fill_super(), mount(2) EINVAL: layers are missing.
            if "lowerdir" not in fc.options:
                raise Refused(EINVAL)
            return OpaqueRoot(sb, S_IFDIR | 0o755, *mine)
    raise Unavailable(f"mounting {fc.fstype.name} is not modelled")


class OpaqueFile(Inode):
    """A file whose content is not modelled."""

    __slots__ = ()

    def open(self, current: Task, file: File) -> None:
        """Not modelled."""
        raise Unavailable(f"files of {self.sb.fstype.name} are not modelled")


class OpaqueRoot(Inode):
    """The root of a filesystem whose content is not modelled."""

    __slots__ = ()

    def lookup(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """Not modelled."""
        raise Unavailable(f"files of {self.sb.fstype.name} are not modelled")

    def names(self, current: Task, dentry: Dentry) -> list[str]:
        """Not modelled."""
        raise Unavailable(f"files of {self.sb.fstype.name} are not modelled")


def _tmpfs_owner(current: Task, fc: FsContext) -> tuple[Kuid, Kgid]:
    """R074, shmem_parse_one(), tmpfs(5): `uid` and `gid` are numbers of the caller, and known to the
    filesystem."""
    mine, uid, gid = current.cred.user_ns, current.cred.fsuid, current.cred.fsgid
    if "uid" in fc.options:
        uid = make_kuid(mine, Uid(_number(fc.options["uid"])))
        if uid == INVALID or not kuid_has_mapping(fc.user_ns, uid):
            raise Refused(EINVAL)
    if "gid" in fc.options:
        gid = make_kgid(mine, Gid(_number(fc.options["gid"])))
        if gid == INVALID or not kgid_has_mapping(fc.user_ns, gid):
            raise Refused(EINVAL)
    return uid, gid


def _number(text: str) -> int:
    if not text.isdigit():
        raise Refused(EINVAL)
    return int(text)


def _check_bpf(current: Task, fc: FsContext) -> None:
    # R070, bpf_fill_super(): from Linux 6.9 on, a user namespace alone is not enough.
    restricted = fc.user_ns.parent is not None and current.kernel.has("bpf-mounts-need-privilege")
    if restricted and not capable(current, CAP_SYS_ADMIN):
        raise Refused(EPERM)


def _check_fuse(current: Task, fc: FsContext) -> None:
    # fuse_get_tree(), fuse(4) EINVAL: all four options are needed.
    if not all(option in fc.options for option in _FUSE_OPTIONS):
        raise Refused(EINVAL)
    uid = make_kuid(fc.user_ns, Uid(_number(fc.options["user_id"])))
    gid = make_kgid(fc.user_ns, Gid(_number(fc.options["group_id"])))
    # R070, fuse_parse_param(), fuse(4) EINVAL: the owner has no mapping in the user namespace of the
    # filesystem.
    if INVALID in (uid, gid):
        raise Refused(EINVAL)
    file = current.files.fds.get(_number(fc.options["fd"]))
    # R070, fuse_fill_super(): the descriptor is of /dev/fuse, opened in the same user namespace.
    if file is None or file.inode.rdev != _FUSE_DEVICE or file.cred.user_ns is not fc.user_ns:
        raise Refused(EINVAL)


def mount_too_revealing(current: Task, sb: Superblock, flags: int) -> tuple[bool, int]:
    """Whether a new proc or sysfs would show what is hidden here, and the flags that its mount is locked to.

    # R071, mount_too_revealing(), user_namespaces(7): some mounted instance must be fully visible.
    """
    ns, kernel = current.nsproxy.mnt_ns, current.kernel
    if ns.owner_ns().parent is None or not sb.fstype.visible or not kernel.has("visible-mounts-only"):
        return False, 0
    assert ns.root is not None
    for mnt in ns.root.tree():
        if mnt.sb.fstype is sb.fstype and _fully_visible(mnt, flags):
            locked = MS_RDONLY if mnt.sb.read_only else 0
            return False, locked | (mnt.locked_flags & (MS_RDONLY | ATIME))
    return True, 0


def _fully_visible(mnt: Mount, flags: int) -> bool:
    """R071, mnt_already_visible()."""
    # R071: it shows the whole filesystem.
    if mnt.root is not mnt.sb.root:
        return False
    # R071: it is not read-only where the new one would be writable.
    if (mnt.locked_flags & MS_RDONLY or mnt.sb.read_only) and not flags & MS_RDONLY:
        return False
    # R071: it is as strict about access times.
    if mnt.locked_flags & ATIME and mnt.flags & ATIME != flags & ATIME:
        return False
    # R071: nothing that cannot be taken away covers a part of it; directories that are always empty do not
    # count.
    return not any(child.locked and not _always_empty(place) for place, child in mnt.mounts.items())


def _always_empty(place: Dentry) -> bool:
    """Mount points that the kernel makes, such as /sys/fs/cgroup, are always empty."""
    return isinstance(place.inode, EmptyDirectory)


class EmptyDirectory(Inode):
    """A directory that is there to be mounted on."""

    __slots__ = ()


def new_mount(current: Task, sb: Superblock, source: str, flags: int, locked: int) -> Mount:
    """A mount of a filesystem that hangs nowhere yet.  Twin: vfs_create_mount()."""
    mnt = Mount(current.kernel, sb, sb.root, flags)
    mnt.source = source
    mnt.locked_flags = locked
    return mnt


def mount_flags(flags: int) -> int:
    """The flags of a mount, of those of mount(2), as path_mount() understands them."""
    kept = flags & (
        MS_RDONLY | abi.MS_NOSUID | abi.MS_NODEV | abi.MS_NOEXEC | abi.MS_NOATIME | abi.MS_NODIRATIME
    )
    if flags & abi.MS_STRICTATIME:
        return kept & ~abi.MS_NOATIME
    return kept if flags & abi.MS_NOATIME else kept | abi.MS_RELATIME
