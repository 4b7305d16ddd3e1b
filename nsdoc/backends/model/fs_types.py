"""Types of filesystem, and who can mount them.

Twin: the `file_system_type` of each filesystem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FileSystemType:
    """A type of filesystem.

    `userns_mount` is the change that made it mountable in a user namespace; None where it is not.
    `owner` is the kind of namespace whose owner must have the capability, where that is not the caller's
    user namespace.
    `visible` says that a new instance must not reveal more than one that is mounted already.
    `idmap` is the change that allowed idmapped mounts of it.
    """

    name: str
    userns_mount: str | None = None
    owner: str | None = None
    visible: bool = False
    idmap: str | None = None


# user_namespaces(7) lists the types and the releases in which they became mountable.
TYPES: Final = (
    FileSystemType("tmpfs", "userns-mounts-of-tmpfs", idmap="idmapped-tmpfs"),
    FileSystemType("ramfs", "userns-mounts-of-tmpfs"),
    FileSystemType("devpts", "userns-mounts-of-tmpfs"),
    FileSystemType("proc", "userns-mounts-of-proc", owner="pid", visible=True),
    FileSystemType("sysfs", "userns-mounts-of-proc", owner="net", visible=True),
    FileSystemType("mqueue", "userns-mounts-of-tmpfs", owner="ipc"),
    FileSystemType("cgroup", "cgroup-namespaces", owner="cgroup"),
    FileSystemType("cgroup2", "cgroup-namespaces", owner="cgroup"),
    FileSystemType("bpf", "userns-mounts-of-bpf"),
    FileSystemType("fuse", "userns-mounts-of-fuse"),
    FileSystemType("overlay", "userns-mounts-of-overlay"),
    FileSystemType("binfmt_misc", "userns-mounts-of-binfmt-misc"),
)

# Types that exist and are not modelled; none of them can be mounted in a user namespace.
OTHERS: Final = frozenset(
    """autofs btrfs cpuset debugfs devtmpfs erofs ext2 ext3 ext4 fuseblk fusectl hugetlbfs nfs pipefs pstore
    securityfs sockfs squashfs tracefs vfat xfs""".split()
)

# Filesystems of the kernel itself, which nobody mounts.
NSFS: Final = FileSystemType("nsfs")
ROOT: Final = FileSystemType("ext4", idmap="idmapped-mounts")


def get_fs_type(name: str) -> FileSystemType | None:
    """The type of a name, if there is one.  Twin: get_fs_type()."""
    other = FileSystemType(name) if name in OTHERS else None
    return next((fstype for fstype in TYPES if fstype.name == name), other)
