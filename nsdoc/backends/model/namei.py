"""From a path to a place.

Twin: fs/namei.c, path_resolution(7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nsdoc.abi import AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, S_ISVTX
from nsdoc.backends.model.dcache import Path
from nsdoc.backends.model.errnos import EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR
from nsdoc.backends.model.idmap import vfsids
from nsdoc.backends.model.mount import traverse_mounts
from nsdoc.backends.model.permission import MAY_EXEC, inode_permission
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task

NAME_MAX: Final = 255
PATH_MAX: Final = 4096
MAXSYMLINKS: Final = 40
AT_NO_AUTOMOUNT: Final = 0x800


class Parent(NamedTuple):
    """A directory and a last name in it that may or may not exist."""

    directory: Path
    name: str
    must_be_directory: bool


class Walk:
    """One resolution of a path.  `links` counts the symbolic links that were followed."""

    def __init__(self, current: Task) -> None:
        self.current = current
        self.links = 0

    def start(self, text: str, base: Path) -> Path:
        """Where a path begins."""
        # path_resolution(7): "/" is the root directory of the process, otherwise the working directory
        # counts.
        return self.current.fs.root if text.startswith("/") else base

    def parent(self, text: str, base: Path) -> Parent:
        """Resolve all of a path but its last name.

        Raises:
            Refused: ENOENT, ENAMETOOLONG, ENOTDIR, EACCES, ELOOP.
        """
        # getname(), path_resolution(7): an empty path refers to nothing.
        if not text:
            raise Refused(ENOENT)
        # path_resolution(7) ENAMETOOLONG.
        if len(text.encode(errors="surrogateescape")) >= PATH_MAX:
            raise Refused(ENAMETOOLONG)
        names = [name for name in text.split("/") if name]
        place = self.start(text, base)
        if not names:
            return Parent(place, "/", True)
        for name in names[:-1]:
            place = self.step(place, name)
            # path_resolution(7) ENOTDIR: a name before the last is not a directory.
            if not place.dentry.inode.is_dir():
                raise Refused(ENOTDIR)
        self.search(place, names[-1])
        return Parent(place, names[-1], text.endswith("/"))

    def search(self, place: Path, name: str) -> None:
        """Whether the process may look a name up in a directory."""
        # link_path_walk(), path_resolution(7) EACCES: no search permission.
        inode_permission(self.current, place, MAY_EXEC)
        # path_resolution(7) ENAMETOOLONG.
        if len(name.encode(errors="surrogateescape")) > NAME_MAX:
            raise Refused(ENAMETOOLONG)

    def step(self, place: Path, name: str) -> Path:
        """From a directory to a name in it, which must exist; a symbolic link is followed."""
        self.search(place, name)
        return self.last(place, name, follow=True)

    def last(self, place: Path, name: str, *, follow: bool) -> Path:
        """As `step`, where the permission to search the directory is established."""
        found = self.lookup(place, name)
        # path_resolution(7) ENOENT: there is no such name.
        if found is None:
            raise Refused(ENOENT)
        return self.follow(found, place) if follow and found.dentry.inode.is_symlink() else found

    def lookup(self, place: Path, name: str) -> Path | None:
        """What a name in a directory refers to, mounts included."""
        if name in (".", "/"):
            return place
        if name == "..":
            return self.dotdot(place)
        entry = place.dentry.inode.lookup(self.current, place.dentry, name)
        return None if entry is None else traverse_mounts(Path(place.mnt, entry))

    def dotdot(self, place: Path) -> Path:
        """The directory above; nobody gets above their root directory.  Twin: handle_dots()."""
        mnt, dentry = place
        while (mnt, dentry) != self.current.fs.root:
            if dentry is not mnt.root:
                return traverse_mounts(Path(mnt, dentry.parent))
            if mnt.parent is None:
                break
            dentry, mnt = mnt.mountpoint, mnt.parent
        return traverse_mounts(Path(mnt, dentry))

    def follow(self, link: Path, directory: Path) -> Path:
        """Where a symbolic link leads.

        Raises:
            Refused: ELOOP, EACCES, and what the walk says.
        """
        self.links += 1
        # path_resolution(7) ELOOP: too many symbolic links.
        if self.links > MAXSYMLINKS:
            raise Refused(ELOOP)
        target = link.dentry.inode.follow(self.current)
        if isinstance(target, Path):
            return target
        if self._is_protected(link, directory):
            raise Refused(EACCES)
        return self.walk(target, directory)

    def _is_protected(self, link: Path, directory: Path) -> bool:
        """Whether proc_sys_fs(5) protected_symlinks forbids to follow a link in a sticky world-writable
        directory."""
        if not self.current.kernel.sysctl.protected_symlinks:
            return False
        parent = directory.dentry.inode
        owner = vfsids(link.mnt.idmap, link.dentry.inode).uid
        if owner in (self.current.cred.fsuid, vfsids(directory.mnt.idmap, parent).uid):
            return False
        return parent.mode & (S_ISVTX | 0o002) == S_ISVTX | 0o002

    def walk(self, text: str, base: Path, *, follow: bool = True) -> Path:
        """Resolve a whole path."""
        parent = self.parent(text, base)
        place = self.last(parent.directory, parent.name, follow=follow or parent.must_be_directory)
        # path_resolution(7) ENOTDIR: a slash at the end asks for a directory.
        if parent.must_be_directory and not place.dentry.inode.is_dir():
            raise Refused(ENOTDIR)
        return place


def user_path(current: Task, text: str, *, follow: bool = True) -> Path:
    """The place that a path of a system call refers to.  Twin: user_path().

    Raises:
        Refused: as path_resolution(7) says.
    """
    return Walk(current).walk(text, current.fs.pwd, follow=follow)


def user_path_at(current: Task, text: str, flags: int) -> Path:
    """The place that a path refers to under flags such as AT_SYMLINK_NOFOLLOW.  Twin: user_path_at().

    Raises:
        Refused: as path_resolution(7) says.
    """
    if not text and flags & AT_EMPTY_PATH:
        return current.fs.pwd
    return user_path(current, text, follow=not flags & AT_SYMLINK_NOFOLLOW)


def user_parent(current: Task, text: str) -> Parent:
    """The directory and last name that a path refers to.  Twin: filename_parentat().

    Raises:
        Refused: as path_resolution(7) says.
    """
    return Walk(current).parent(text, current.fs.pwd)
