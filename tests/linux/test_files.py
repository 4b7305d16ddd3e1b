"""Files on the live kernel, their permissions and attributes."""

from __future__ import annotations

import stat
from errno import (
    EACCES,
    EBADF,
    EEXIST,
    EINVAL,
    EISDIR,
    ELOOP,
    ENODATA,
    ENOENT,
    ENOTDIR,
    ENOTEMPTY,
    EOVERFLOW,
    EPERM,
    EROFS,
    ESPIPE,
    EXDEV,
)

import pytest

from nsdoc import fails
from nsdoc.abi import (
    CAP_DAC_OVERRIDE,
    CAP_FOWNER,
    CLONE_NEWUSER,
    F_OK,
    O_APPEND,
    O_CREAT,
    O_DIRECTORY,
    O_EXCL,
    O_NOFOLLOW,
    O_PATH,
    O_RDWR,
    O_WRONLY,
    R_OK,
    S_IFCHR,
    S_IFIFO,
    S_IFREG,
    S_ISGID,
    S_ISUID,
    SEEK_END,
    SEEK_SET,
    W_OK,
    X_OK,
    XATTR_CREATE,
    XATTR_REPLACE,
)
from nsdoc.process import Kernel, Process

NOBODY = 65534


@pytest.fixture(autouse=True)
def _in_the_room(alice: Process, room: str) -> None:
    alice.chdir(room)


def test_open_gives_the_lowest_descriptor(alice: Process) -> None:
    """Descriptors of an example begin at 3, as in any program."""
    assert alice.open("/") == 3
    assert alice.open("/") == 4
    alice.close(3)
    assert alice.dup(4) == 3


def test_written_bytes_are_read_back(alice: Process) -> None:
    """write(), lseek(), read(), pread() and pwrite() on a descriptor do what they say."""
    fd = alice.open("file", O_CREAT | O_RDWR, 0o600)
    assert alice.write(fd, "hello") == 5
    assert alice.pwrite(fd, b"J", 0) == 1
    assert alice.lseek(fd, 0, SEEK_SET) == 0
    assert alice.read(fd, 3) == b"Jel"
    assert alice.read(fd) == b"lo"
    assert alice.read(fd) == b""
    assert alice.pread(fd, 2, 1) == b"el"
    assert alice.lseek(fd, -1, SEEK_END) == 4
    alice.ftruncate(fd, 2)
    assert alice.fstat(fd).st_size == 2
    with fails(EINVAL):
        alice.lseek(fd, -1, SEEK_SET)


def test_whole_files_by_path(alice: Process) -> None:
    """A path given to write() and read() stands for the whole file."""
    assert alice.write("file", "some text\n") == 10
    assert alice.read("file") == "some text\n"
    alice.write("file", b"\xff")
    assert alice.read("file").encode(errors="surrogateescape") == b"\xff"
    assert len(alice.read("/proc/self/status")) > 100
    with fails(ENOENT):
        alice.read("missing")
    with fails(EISDIR):
        alice.write(".", "text")


def test_write_by_path_makes_no_file_in_proc(alice: Process) -> None:
    """A file of /proc that is not there is ENOENT, not what creating it would say."""
    with fails(ENOENT):
        alice.write("/proc/self/missing", "x")


def test_flags_of_open(alice: Process) -> None:
    """The flags of open() reach the kernel."""
    with fails(ENOENT):
        alice.open("file")
    fd = alice.open("file", O_CREAT | O_EXCL | O_WRONLY, 0o600)
    with fails(EEXIST):
        alice.open("file", O_CREAT | O_EXCL)
    with fails(EBADF):
        alice.read(fd)
    with fails(ENOTDIR):
        alice.open("file", O_DIRECTORY)
    alice.symlink("file", "link")
    with fails(ELOOP):
        alice.open("link", O_NOFOLLOW)
    appending = alice.open("file", O_WRONLY | O_APPEND)
    alice.write(fd, "ab")
    alice.write(appending, "c")
    assert alice.read("file") == "abc"
    with fails(EBADF):
        alice.read(alice.open("file", O_PATH))


def test_descriptors_are_checked(alice: Process) -> None:
    """A number that is no descriptor is EBADF, a pipe has no position."""
    for call in (alice.close, alice.dup, alice.fstat, alice.fchdir, alice.read):
        with fails(EBADF):
            call(77)
    with fails(EBADF):
        alice.write(77, "x")
    reader, writer = alice.pipe()
    alice.write(writer, "through")
    assert alice.read(reader) == b"through"
    with fails(ESPIPE):
        alice.lseek(reader, 0)
    with fails(ESPIPE):
        alice.pread(reader, 1, 0)
    with fails(ESPIPE):
        alice.pwrite(writer, "x", 0)
    with fails(EINVAL):
        alice.ftruncate(reader, 0)


def test_stat_and_its_kin(alice: Process) -> None:
    """stat() follows a link, lstat() does not, fstat() takes a descriptor."""
    alice.umask(0o022)
    alice.write("file", "four")
    alice.symlink("file", "link")
    found = alice.stat("link")
    assert (stat.S_IFMT(found.st_mode), stat.S_IMODE(found.st_mode)) == (S_IFREG, 0o644)
    assert (found.st_size, found.st_nlink) == (4, 1)
    assert (found.st_uid, found.st_gid) == (alice.getuid(), alice.getgid())
    assert stat.S_ISLNK(alice.lstat("link").st_mode)
    assert alice.fstat(alice.open("file")) == found
    assert alice.readlink("link") == "file"
    with fails(EINVAL):
        alice.readlink("file")
    for call in (alice.stat, alice.lstat):
        with fails(ENOENT):
            call("missing")


def test_umask_masks(alice: Process) -> None:
    """umask() gives the mask before, and takes bits from new files."""
    alice.umask(0o077)
    assert alice.umask(0o027) == 0o077
    alice.mkdir("directory", 0o777)
    assert stat.S_IMODE(alice.stat("directory").st_mode) == 0o750


def test_names_come_and_go(alice: Process) -> None:
    """link(), rename(), unlink(), mkdir(), rmdir() and listdir() work on names."""
    alice.write("file", "x")
    alice.link("file", "other")
    assert alice.stat("other").st_nlink == 2
    alice.rename("other", "moved")
    alice.mkdir("directory")
    assert alice.listdir() == ["directory", "file", "moved"]
    with fails(EEXIST):
        alice.link("file", "moved")
    with fails(EISDIR):
        alice.unlink("directory")
    with fails(EEXIST):
        alice.mkdir("directory")
    alice.write("directory/file", "x")
    with fails(ENOTEMPTY):
        alice.rmdir("directory")
    alice.unlink("directory/file")
    alice.rmdir("directory")
    alice.unlink("moved")
    assert alice.listdir(".") == ["file"]
    with fails(ENOENT):
        alice.rename("moved", "file")
    with fails(ENOTDIR):
        alice.rmdir("file")
    with fails(ENOENT):
        alice.listdir("directory")
    with fails(EEXIST):
        alice.symlink("x", "file")
    with fails(EXDEV):
        alice.link("/proc/self/status", "status")


def test_directories_of_a_process(kernel: Kernel, alice: Process, room: str) -> None:
    """chdir(), fchdir() and getcwd() agree; a new process starts in the scratch directory."""
    assert kernel.process().getcwd() == kernel.scratch
    alice.mkdir("below")
    fd = alice.open(".")
    alice.chdir("below")
    assert alice.getcwd() == f"{room}/below"
    alice.fchdir(fd)
    assert alice.getcwd() == room
    with fails(ENOENT):
        alice.chdir("missing")
    alice.chdir("below")
    alice.rmdir(f"{room}/below")
    with fails(ENOENT):
        alice.getcwd()


def test_access_tells_the_error(alice: Process) -> None:
    """access() succeeds, or raises what the kernel says."""
    alice.write("file", "")
    alice.chmod("file", 0o400)
    alice.access("file", F_OK)
    alice.access("file", R_OK)
    with fails(EACCES):
        alice.access("file", W_OK)
    with fails(EACCES):
        alice.access("file", X_OK)
    with fails(ENOENT):
        alice.access("missing", F_OK)
    with fails(EINVAL):
        alice.access("file", 64)


def test_modes_are_for_the_owner(alice: Process, bob: Process, root: Process, room: str) -> None:
    """chmod() and fchmod() are the owner's and CAP_FOWNER's."""
    fd = alice.open("file", O_CREAT | O_RDWR)
    alice.chmod("file", 0o640)
    alice.fchmod(fd, 0o604)
    assert stat.S_IMODE(alice.stat("file").st_mode) == 0o604
    with fails(EPERM):
        bob.chmod(f"{room}/file", 0o777)
    with fails(EPERM):
        bob.fchmod(bob.open(f"{room}/file"), 0o777)
    root.chmod(f"{room}/file", 0o600)
    with fails(EACCES):
        bob.open(f"{room}/file")


def test_owners_change_with_privilege(alice: Process, root: Process, room: str) -> None:
    """chown(), fchown() and lchown() need privilege; -1 leaves an ID; set-ID bits go."""
    alice.write("file", "")
    alice.symlink("file", "link")
    alice.chown("file", -1, -1)
    for call in (alice.chown, alice.lchown):
        with fails(EPERM):
            call("link", 1001, -1)
    with fails(EPERM):
        alice.fchown(alice.open("file"), 1001, -1)
    alice.chmod("file", 0o755 | S_ISUID)
    root.chdir(room)
    root.chown("link", 1001, -1)
    assert root.stat("file").st_uid == 1001
    assert not root.stat("file").st_mode & S_ISUID
    root.lchown("link", 1002, 1003)
    assert (root.lstat("link").st_uid, root.lstat("link").st_gid) == (1002, 1003)
    root.fchown(root.open("file"), 4, 5)
    assert (root.stat("file").st_uid, root.stat("file").st_gid) == (4, 5)


def test_unmapped_owners_are_invalid(inner: Process, room: str) -> None:
    """In a user namespace an owner that is not mapped is EINVAL, and reads as the overflow ID."""
    inner.chdir(room)
    inner.write("own", "")
    assert (inner.stat("own").st_uid, inner.stat("own").st_gid) == (0, 0)
    for call in (inner.chown, inner.lchown):
        with fails(EINVAL):
            call("own", 4242, -1)
    with fails(EINVAL):
        inner.fchown(inner.open("own"), -1, 4242)


def test_files_of_unmapped_owners(alice: Process, root: Process, room: str) -> None:
    """A file whose owner is not mapped belongs to the overflow IDs, and privilege inside does not count."""
    root.write(f"{room}/file", "")
    root.chmod(f"{room}/file", 0o600)
    inside = alice.clone(CLONE_NEWUSER, uid_map="0 1000 1")
    found = inside.stat(f"{room}/file")
    assert (found.st_uid, found.st_gid) == (NOBODY, NOBODY)
    assert CAP_DAC_OVERRIDE in inside.capget().effective
    with fails(EACCES):
        inside.open(f"{room}/file")
    assert CAP_FOWNER in inside.capget().effective
    with fails(EPERM):
        inside.chmod(f"{room}/file", 0o666)


def test_times_are_for_the_owner(alice: Process, bob: Process, room: str) -> None:
    """utime() to the present needs write permission, to another time the owner."""
    alice.umask(0)
    alice.write("file", "")
    alice.utime("file", 86400)
    bob.utime(f"{room}/file")
    with fails(EPERM):
        bob.utime(f"{room}/file", 86400)
    alice.chmod("file", 0o644)
    with fails(EACCES):
        bob.utime(f"{room}/file")
    with fails(ENOENT):
        alice.utime("missing")


def test_devices_need_the_initial_namespace(root: Process, alice: Process, inner: Process, room: str) -> None:
    """mknod() makes pipes and regular files for all, devices for CAP_MKNOD in the initial user namespace."""
    alice.mknod("pipe", S_IFIFO | 0o600)
    alice.mknod("file")
    assert stat.S_ISFIFO(alice.stat("pipe").st_mode)
    root.mknod(f"{room}/null", S_IFCHR | 0o600, 1 << 8 | 3)
    assert root.stat(f"{room}/null").st_rdev == 1 << 8 | 3
    inner.chdir(room)
    with fails(EPERM):
        inner.mknod("device", S_IFCHR | 0o600, 1 << 8 | 3)
    inner.mknod("whiteout", S_IFCHR | 0o600, 0)
    with fails(EEXIST):
        inner.mknod("whiteout", S_IFCHR | 0o600, 0)


def test_a_file_that_its_owner_cannot_be_written_for(alice: Process) -> None:
    """A process whose filesystem IDs are not mapped in the namespace of a filesystem makes no files there."""
    alice.unshare(CLONE_NEWUSER)
    alice.write("outside", "made in the initial user namespace's filesystem")
    holder = alice.clone(0x20000)
    holder.mount("none", ".", "tmpfs")
    holder.chdir(holder.getcwd())
    with fails(EOVERFLOW):
        holder.mkdir("inside")


def test_extended_attributes(alice: Process) -> None:
    """setxattr(), getxattr(), listxattr() and removexattr() agree."""
    alice.write("file", "")
    try:
        alice.setxattr("file", "user.one", b"1")
    except OSError:
        pytest.skip("the scratch directory's filesystem has no user attributes")
    alice.setxattr("file", "user.one", b"2", XATTR_REPLACE)
    alice.setxattr("file", "user.two", b"", XATTR_CREATE)
    assert alice.getxattr("file", "user.one") == b"2"
    assert [name for name in alice.listxattr("file") if name.startswith("user.")] == ["user.one", "user.two"]
    with fails(EEXIST):
        alice.setxattr("file", "user.two", b"", XATTR_CREATE)
    with fails(ENODATA):
        alice.setxattr("file", "user.three", b"", XATTR_REPLACE)
    alice.removexattr("file", "user.one")
    with fails(ENODATA):
        alice.getxattr("file", "user.one")
    with fails(ENODATA):
        alice.removexattr("file", "user.one")
    with fails(ENOENT):
        alice.listxattr("missing")


def test_set_group_id_goes_without_the_group(alice: Process, root: Process, room: str) -> None:
    """chmod() by an owner outside the file's group takes the set-group-ID bit away."""
    alice.write("file", "")
    root.chown(f"{room}/file", -1, 77)
    alice.chmod("file", 0o2755)
    assert not alice.stat("file").st_mode & S_ISGID


def test_the_host_is_read_only(root: Process) -> None:
    """Even root changes no file of the host outside the scratch directory."""
    for directory in ("/etc", "/usr", "/tmp", "/dev/shm"):
        with fails(EROFS, ENOENT):
            root.write(f"{directory}/nsdoc-was-here", "x")
    with fails(EROFS):
        root.chmod("/etc/passwd", 0o666)


def test_chroot_needs_privilege(alice: Process, inner: Process, room: str) -> None:
    """chroot() needs CAP_SYS_CHROOT, which a member of a user namespace can have."""
    with fails(EPERM):
        alice.chroot(".")
    inner.chdir(room)
    inner.mkdir("root")
    inner.chroot("root")
    with fails(ENOENT):
        inner.stat("/proc")
    with fails(ENOENT):
        inner.chroot("/missing")
    assert inner.gethostname()
