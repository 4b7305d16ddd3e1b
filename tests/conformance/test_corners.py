"""What is seldom met: places that cannot be reached, files that are gone, and rules behind other rules."""

from __future__ import annotations

import struct

import pytest

from nsdoc.abi import (
    AT_EMPTY_PATH,
    CAP_NET_RAW,
    CAP_SETUID,
    CLONE_FS,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    IPC_CREAT,
    IPC_STAT,
    KEYCTL_REVOKE,
    MNT_DETACH,
    MOUNT_ATTR_IDMAP,
    MS_BIND,
    MS_NOEXEC,
    MS_PRIVATE,
    MS_REC,
    MS_SHARED,
    O_CREAT,
    O_DIRECTORY,
    O_NOFOLLOW,
    O_PATH,
    O_WRONLY,
    OPEN_TREE_CLONE,
    PR_CAP_AMBIENT,
    PR_SET_SECUREBITS,
    PRIO_PROCESS,
    PTRACE_CONT,
    PTRACE_SEIZE,
    RLIMIT_NPROC,
    S_IFCHR,
    S_IFREG,
    SECBIT_NO_SETUID_FIXUP,
    SIGTERM,
)
from nsdoc.process import Kernel, Process
from tests.conformance.support import alice_of, child_of, map_file, mapped_child_of, outcome, root_of
from tests.conformance.test_mounting import place_of, shown
from tests.conformance.test_processes import ended, first_of


def capability(rootid: int | None = None) -> bytes:
    """A file capability of revision 2, or 3 with a root ID."""
    value = struct.pack("<5I", 0x02000001 if rootid is None else 0x03000001, 1 << CAP_NET_RAW, 0, 0, 0)
    return value if rootid is None else value + struct.pack("<I", rootid)


def program_of(root: Process, kernel: Kernel, mode: int) -> str:
    """A copy of the program."""
    root.write("program", root.read(kernel.program))
    root.chmod("program", mode)
    return "program"


def test_modes_of_symbolic_links(kernel: Kernel) -> None:
    """R081: a symbolic link, reached through a descriptor, has a mode that stays."""
    alice = alice_of(kernel)
    alice.symlink("x", "link")
    fd = alice.open("link", O_PATH | O_NOFOLLOW)
    assert outcome(alice.chmod, f"/proc/self/fd/{fd}", 0o600) == "EOPNOTSUPP"


def test_names_of_proc_stay(kernel: Kernel) -> None:
    """R110: no name is taken from proc."""
    root = root_of(kernel)
    assert outcome(root.unlink, "/proc/self") == "EPERM"
    assert outcome(root.unlink, "/proc/version") == "EPERM"
    assert root.read("/proc/version").startswith("Linux version")
    assert outcome(root.utime, "/proc/sys/kernel/ostype") is None
    # An owner is taken, and means nothing: the next who looks sees that of the process.
    assert outcome(root.chown, "/proc/self/status", 5, 5) is None


def test_a_directory_that_left_its_mount(kernel: Kernel) -> None:
    """R072: a directory that was moved out of what a bind mount shows cannot be reached from there."""
    root = place_of(kernel)
    root.mount("a", "b", "", MS_BIND)
    other = root.fork()
    other.chdir("b/inner")
    root.rename("a/inner", "moved")
    assert other.getcwd() == "(unreachable)/"


def test_trees_without_a_place(kernel: Kernel) -> None:
    """R072: a detached tree has a root of its own, above which there is nothing."""
    root = place_of(kernel)
    tree = root.open_tree("a", OPEN_TREE_CLONE)
    root.fchdir(tree)
    assert root.getcwd() == "(unreachable)/"
    assert root.stat("..").st_ino == root.stat(".").st_ino


def test_up_through_mounts(kernel: Kernel) -> None:
    """R072: above the root of a mount is the directory that holds its mount point."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    assert root.stat("/..").st_ino == root.stat("/").st_ino
    assert root.stat("a/..").st_ino == root.stat(".").st_ino
    root.chdir("a")
    assert "file" in root.listdir("..")


def test_what_a_tracer_leaves(kernel: Kernel) -> None:
    """R088: who shares a root directory gains nothing by a program, but with CAP_SETUID keeps its IDs."""
    root = root_of(kernel)
    program = program_of(root, kernel, 0o4755)
    able = kernel.process(uid=1000, gid=1000, caps=[CAP_SETUID])
    plain = alice_of(kernel)
    for one, euid in ((able, 0), (plain, 1000)):
        other = one.clone(CLONE_FS)
        one.execve(program)
        assert one.geteuid() == euid
        other.exit()


def test_set_user_id_and_file_capabilities(kernel: Kernel) -> None:
    """R087: a set-user-ID-root program with file capabilities has those, and not all."""
    root = root_of(kernel)
    program = program_of(root, kernel, 0o4755)
    root.setxattr(program, "security.capability", capability())
    alice = alice_of(kernel)
    alice.execve(program)
    assert (alice.geteuid(), alice.capget().permitted) == (0, 1 << CAP_NET_RAW)
    root.removexattr(program, "security.capability")
    assert outcome(root.getxattr, program, "security.capability") == "ENODATA"


def test_root_ids_that_a_filesystem_cannot_store(kernel: Kernel) -> None:
    """R082: a root ID has a mapping in the caller's user namespace, and in that of the filesystem."""
    root = root_of(kernel)
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS)
    child.mkdir("place")
    child.mount("t", "place", "tmpfs")
    child.write("place/file", "x")
    there = f"/proc/{child.pid}/root{child.getcwd()}/place/file"
    assert outcome(root.setxattr, there, "security.capability", capability(5)) == "EINVAL"
    assert outcome(root.setxattr, there, "security.capability", capability(1000)) is None
    assert outcome(child.setxattr, "place/file", "security.capability", capability(5)) == "EINVAL"


def test_root_may_have_many(kernel: Kernel) -> None:
    """R016: the limit on processes is not for root."""
    root = root_of(kernel)
    root.prlimit(0, RLIMIT_NPROC, (1, 1))
    assert isinstance(root.fork(), Process)


def test_fuse_needs_its_device(kernel: Kernel) -> None:
    """R070: fuse is mounted with a descriptor of /dev/fuse."""
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS)
    child.mkdir("place")
    fd = child.open("/dev/null")
    options = "rootmode=40000,user_id=0,group_id=0"
    assert outcome(child.mount, "f", "place", "fuse", 0, f"fd={fd},{options}") == "EINVAL"
    assert outcome(child.mount, "f", "place", "fuse", 0, options) == "EINVAL"


def test_devices_are_not_truncated(kernel: Kernel) -> None:
    """R080: only regular files are truncated."""
    alice = alice_of(kernel)
    assert outcome(alice.ftruncate, alice.open("/dev/null", O_WRONLY), 0) == "EINVAL"


def test_queues_of_others(kernel: Kernel) -> None:
    """R080: a message queue is its owner's, its group's and others', as its mode says."""
    alice, member = alice_of(kernel), kernel.process(uid=1001, gid=1000)
    bob = kernel.process(uid=1001, gid=1001)
    queue = alice.msgget(4242, IPC_CREAT | 0o640)
    assert outcome(member.msgget, 4242, 0o040) == queue
    assert outcome(member.msgget, 4242, 0o020) == "EACCES"
    assert outcome(bob.msgget, 4242, 0o004) == "EACCES"
    assert outcome(bob.msgctl, queue, IPC_STAT) == "EACCES"


def test_revoking_nothing(kernel: Kernel) -> None:
    """R095: what is no key cannot be revoked."""
    assert outcome(alice_of(kernel).keyctl, KEYCTL_REVOKE, 0) == "EINVAL"


@pytest.mark.parametrize("how", ["map", "bind"])
def test_what_keeps_a_namespace(kernel: Kernel, how: str) -> None:
    """R118: an open map file, and a file of nsfs that is mounted, keep a user namespace."""
    child = mapped_child_of(root_of(kernel), "0 0 1", "0 0 1", flags=CLONE_NEWNS)
    child.write("/proc/sys/user/max_user_namespaces", "1")
    first = child_of(child)
    if how == "map":
        child.open(map_file(first))
    else:
        child.mount(map_file(first, "ns/user"), "/etc/passwd", "", MS_BIND)
    first.exit()
    child.wait()
    assert {outcome(child.clone, CLONE_NEWUSER) for _ in range(20)} == {"ENOSPC"}


def test_maps_of_strangers(kernel: Kernel) -> None:
    """R042: a mount gets no maps of a user namespace over which the caller has no capability."""
    root = root_of(kernel)
    mapped = root.clone(CLONE_NEWUSER, uid_map="0 1000 1", gid_map="0 1000 1")
    userns = root.open(map_file(mapped, "ns/user"))
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    child.mkdir("place")
    child.mount("t", "place", "tmpfs")
    tree = child.open_tree("place", OPEN_TREE_CLONE)

    def give_maps() -> None:
        child.mount_setattr(tree, "", AT_EMPTY_PATH, attr_set=MOUNT_ATTR_IDMAP, userns_fd=userns)

    assert outcome(give_maps) == "EPERM"


def test_propagation_of_foreign_mounts(kernel: Kernel) -> None:
    """R072: how a mount propagates is for who has CAP_SYS_ADMIN in the owner of its mount namespace."""
    root = place_of(kernel)
    fd = root.open(".", O_PATH | O_DIRECTORY)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    assert outcome(child.mount, "none", f"/proc/self/fd/{fd}", "", MS_PRIVATE) == "EPERM"


def test_new_roots(kernel: Kernel) -> None:
    """R072: a new root is in its directory still, below the old one, and that is a mount point."""
    root = place_of(kernel)
    root.mount("t", "a", "tmpfs")
    root.mkdir("c/x")
    root.mount("c/x", "b", "", MS_BIND)
    root.rmdir("c/x")
    assert outcome(root.pivot_root, "b", "a") == "ENOENT"
    jailed = root.fork()
    root.mkdir("jail")
    root.mkdir("jail/m")
    root.mount("t", "jail/m", "tmpfs")
    jailed.chroot("jail")
    jailed.chdir("/")
    jailed.mkdir("m/old")
    assert outcome(jailed.pivot_root, "m", "m/old") == "EINVAL"
    outside = root.fork()
    root.mkdir("a/old")
    root.mount("t", "c", "tmpfs")
    root.mkdir("c/old")
    outside.chroot("a")
    assert outcome(outside.pivot_root, "c", "c/old") == "EINVAL"
    zombie = ended(root)
    assert outcome(root.umount, "jail/m") is None
    assert outcome(root.pivot_root, "c", "c/old") is None
    assert zombie.pid > 0


def test_bound_parts(kernel: Kernel) -> None:
    """R072: a recursive bind mount of a directory has what is mounted below that, and nothing else."""
    root = place_of(kernel)
    root.mkdir("a/other")
    root.mount("t", "a/other", "tmpfs")
    root.mount("a/inner", "b", "", MS_BIND | MS_REC)
    assert shown(root) == ["/a/other", "/b"]


def test_copies_that_stay(kernel: Kernel) -> None:
    """R072: the copy of an unmounted mount stays where something is mounted below it, but not upon it."""
    root = place_of(kernel)
    root.mount("none", ".", "", MS_SHARED)
    root.mkdir("peer")
    root.mount(".", "peer", "", MS_BIND)
    root.mount("t", "a", "tmpfs")
    root.mkdir("a/deep")
    root.mount("none", "peer/a", "", MS_PRIVATE)
    root.mount("u", "peer/a/deep", "tmpfs")
    root.umount("a")
    assert shown(root) == ["/peer", "/peer/a", "/peer/a/deep"]
    root.umount("peer/a/deep")
    root.umount("peer/a")
    root.mount("t", "a", "tmpfs")
    root.mount("none", "peer/a", "", MS_PRIVATE)
    root.mount("u", "peer/a", "tmpfs")
    root.umount("a")
    assert shown(root) == ["/peer", "/peer/a"]


def test_the_root_of_another_owner(kernel: Kernel) -> None:
    """R072: who does not own the filesystem of its root does not make it read-only."""
    root = place_of(kernel)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    child.mount("a", "b", "", MS_BIND)
    child.chroot("b")
    assert outcome(child.umount, "/") == "EPERM"
    ended(child)
    assert outcome(child.umount, "/", MNT_DETACH) is None


def test_descriptors_of_proc_files(kernel: Kernel) -> None:
    """R050: what is reached through a descriptor of proc after the process is gone is refused."""
    root = root_of(kernel)
    child = root.fork()
    directory = root.open(f"/proc/{child.pid}", O_PATH | O_DIRECTORY)
    maps = root.open(map_file(child), O_PATH)
    setgroups = root.open(map_file(child, "setgroups"), O_PATH)
    fd = root.open("/")
    info = root.open(f"/proc/self/fdinfo/{fd}")
    root.close(fd)
    assert outcome(root.read, info, 10) == "ENOENT"
    child.exit()
    root.wait()
    assert outcome(root.fchdir, directory) == "ESRCH"
    assert outcome(root.open, f"/proc/self/fd/{maps}") == "EINVAL"
    assert outcome(root.open, f"/proc/self/fd/{setgroups}") == "ESRCH"


def test_numbers_that_are_used_again(kernel: Kernel) -> None:
    """R061: /proc/PID is the process that has the number now."""
    first = first_of(kernel)
    child = first.fork()
    number = child.getpid()
    first.read(f"/proc/{number}/status")
    child.exit()
    first.wait()
    first.write("/proc/sys/kernel/ns_last_pid", str(number - 1))
    again = first.fork()
    again.setresuid(1000, 1000, 1000)
    assert again.getpid() == number
    assert "Uid:\t1000\t1000\t1000\t1000" in first.read(f"/proc/{number}/status").splitlines()
    first.exit()


def test_offsets_of_clocks(kernel: Kernel) -> None:
    """R062: the offsets are written at once, in less than a page."""
    root = root_of(kernel)
    fd = root.open("/proc/self/timens_offsets", O_WRONLY)
    assert outcome(root.write, fd, "x" * 4096) == "EINVAL"


def test_plain_files_of_namespaces(kernel: Kernel) -> None:
    """R100: a file of nsfs has no times to be set."""
    root = root_of(kernel)
    assert outcome(root.utime, "/proc/self/ns/user") == "EPERM"
    assert root.stat("/proc/self/ns/user").st_mode == S_IFREG | 0o444


def test_ids_without_a_fixup(kernel: Kernel) -> None:
    """R091: with SECBIT_NO_SETUID_FIXUP no ID changes what a process can do."""
    root = root_of(kernel)
    root.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    before = root.capget()
    root.setfsuid(1000)
    assert root.capget() == before
    root.write("file", "")
    root.chmod("file", 0o600)
    root.setresuid(1000, 1000, 1000)
    assert outcome(root.access, "/etc", 2) in (None, "EROFS")
    assert outcome(root.prctl, PR_CAP_AMBIENT, 99, 1) == "EINVAL"


def test_the_same_file_renamed(kernel: Kernel) -> None:
    """R080: a name that is renamed to another name of the same file stays; links that lead in circles end."""
    alice = alice_of(kernel)
    alice.write("file", "x")
    alice.link("file", "again")
    alice.rename("file", "again")
    assert sorted(alice.listdir(".")) == ["again", "file"]
    alice.symlink("one", "other")
    alice.symlink("other", "one")
    assert outcome(alice.stat, "one") == "ELOOP"
    assert outcome(alice.open, "one", O_CREAT | O_WRONLY) == "ELOOP"
    assert outcome(alice.stat, "one/file") == "ELOOP"


def test_programs_that_are_written(kernel: Kernel) -> None:
    """R085: what somebody has open for writing is not executed."""
    root = root_of(kernel)
    program = program_of(root, kernel, 0o755)
    fd = root.open(program, O_WRONLY)
    assert outcome(root.execve, program) == "ETXTBSY"
    root.close(fd)
    root.unshare(CLONE_NEWNS)
    root.mkdir("place")
    root.mount("t", "place", "tmpfs", MS_NOEXEC)
    root.write("place/program", "x")
    root.chmod("place/program", 0o755)
    assert outcome(root.access, "place/program", 1) == "EACCES"


def test_devices_that_are_none(kernel: Kernel) -> None:
    """R073: behind the device 0, 0 there is nothing."""
    root = root_of(kernel)
    root.mknod("nothing", S_IFCHR | 0o666, 0)
    assert outcome(root.open, "nothing") == "ENXIO"


def test_signals_of_those_that_are_traced(kernel: Kernel) -> None:
    """R096: a signal stops a traced process, and its tracer decides."""
    alice = alice_of(kernel)
    child = alice.fork()
    alice.ptrace(PTRACE_SEIZE, child)
    alice.kill(child, SIGTERM)
    assert alice.waitpid(child) == (child.pid, SIGTERM << 8 | 0x7F)
    assert outcome(alice.ptrace, PTRACE_CONT, child) == 0
    assert child.getpid() == child.pid


def test_priorities_of_others(kernel: Kernel) -> None:
    """R117: a priority is set by the same user, raised with CAP_SYS_NICE."""
    alice, bob = alice_of(kernel), kernel.process(uid=1001, gid=1001)
    able = kernel.process(uid=1000, gid=1000, caps=[CAP_NET_RAW])
    assert outcome(alice.setpriority, PRIO_PROCESS, bob, 5) == "EPERM"
    assert outcome(alice.setpriority, PRIO_PROCESS, able, 5) == "EPERM"
    assert outcome(able.setpriority, PRIO_PROCESS, alice, 5) is None
    assert outcome(able.setpriority, PRIO_PROCESS, alice, 4) == "EACCES"


def test_a_zombie_keeps_its_namespaces(kernel: Kernel) -> None:
    """R118: until a process that has ended is waited for, its user namespace counts."""
    child = mapped_child_of(root_of(kernel), "0 0 1", "0 0 1")
    child.write("/proc/sys/user/max_user_namespaces", "1")
    child_of(child).exit()
    assert {outcome(child.clone, CLONE_NEWUSER) for _ in range(20)} == {"ENOSPC"}
