"""Files, programs, mounts, signals, tracing and what proc and nsfs tell."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from nsdoc import abi
from nsdoc.abi import (
    CAP_CHOWN,
    CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH,
    CAP_FOWNER,
    CAP_KILL,
    CAP_NET_RAW,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    MS_BIND,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    O_CREAT,
    O_RDONLY,
    O_WRONLY,
)
from nsdoc.process import Kernel, Process
from tests.conformance.support import FULL, alice_of, child_of, map_file, mapped_child_of, outcome, root_of

V2 = struct.pack("<5I", 0x02000001, 1 << CAP_NET_RAW, 0, 0, 0)


def file_of(root: Process, uid: int, gid: int, mode: int, name: str = "file") -> str:
    """A file with an owner, a group and a mode."""
    root.close(root.open(name, O_CREAT | O_WRONLY))
    root.chown(name, uid, gid)
    root.chmod(name, mode)
    return name


def program_of(root: Process, uid: int, gid: int, mode: int, kernel: Kernel) -> str:
    """A copy of the program with an owner, a group and a mode."""
    reader = root.open(kernel.program, O_RDONLY)
    writer = root.open("program", O_CREAT | O_WRONLY, 0o755)
    while part := root.read(reader):
        root.write(writer, part)
    root.close(writer)
    root.chown("program", uid, gid)
    root.chmod("program", mode)
    return "program"


@pytest.mark.parametrize(
    ("mode", "owner", "group", "other"),
    [
        (0o400, None, "EACCES", "EACCES"), (0o040, "EACCES", None, "EACCES"),
        (0o004, "EACCES", "EACCES", None),
        (0o444, None, None, None), (0o404, None, "EACCES", None), (0o000, "EACCES", "EACCES", "EACCES"),
    ],
)  # fmt: skip
def test_first_class_decides(kernel: Kernel, mode: int, owner: Any, group: Any, other: Any) -> None:
    """R080: the mode bits of the first class that fits decide, only those."""
    path = file_of(root_of(kernel), 1000, 2000, mode)
    assert outcome(alice_of(kernel).access, path, abi.R_OK) == owner
    assert outcome(kernel.process(uid=1001, gid=2000).access, path, abi.R_OK) == group
    assert outcome(kernel.process(uid=1001, gid=1001).access, path, abi.R_OK) == other


@pytest.mark.parametrize(
    ("cap", "read", "write"),
    [(CAP_DAC_OVERRIDE, True, True), (CAP_DAC_READ_SEARCH, True, False), (CAP_CHOWN, False, False)],
)
def test_capabilities_over_files(kernel: Kernel, cap: int, read: bool, write: bool) -> None:
    """R080: CAP_DAC_OVERRIDE passes all, CAP_DAC_READ_SEARCH reading."""
    path = file_of(root_of(kernel), 0, 0, 0)
    process = kernel.process(uid=1000, gid=1000, caps=[cap])
    assert isinstance(outcome(process.open, path, O_RDONLY), int) == read
    assert isinstance(outcome(process.open, path, O_WRONLY), int) == write


@pytest.mark.parametrize(
    ("uid", "gid", "expected"), [(1, 1, True), (1, 100, False), (100, 1, False), (100, 100, False)]
)
def test_capability_needs_both_ids(kernel: Kernel, uid: int, gid: int, expected: bool) -> None:
    """R042: a capability in a user namespace reaches a file whose owner and group are mapped."""
    root = root_of(kernel)
    path = file_of(root, uid, gid, 0)
    child = mapped_child_of(root, "0 5 1\n1 1 4", "0 5 1\n1 1 4")
    child.setresuid(0, 0, 0)
    assert isinstance(outcome(child.open, path, O_RDONLY), int) == expected


@pytest.mark.parametrize(
    ("uid", "gid", "shown"), [(1000, 1000, (0, 0)), (0, 1000, (65534, 0)), (5, 5, (65534,) * 2)]
)
def test_stat_translates(kernel: Kernel, uid: int, gid: int, shown: tuple[int, int]) -> None:
    """R080: stat(2) shows owner and group as the caller's user namespace calls them, or 65534."""
    path = file_of(root_of(kernel), uid, gid, 0o644)
    seen = mapped_child_of(alice_of(kernel)).stat(path)
    assert (seen.st_uid, seen.st_gid) == shown


@pytest.mark.parametrize(
    ("uid", "gid", "expected"),
    [
        (-1, -1, None),
        (0, -1, None),
        (-1, 0, None),
        (5, -1, "EINVAL"),
        (-1, 5, "EINVAL"),
        (1000, 1000, "EINVAL"),
    ],
)
def test_chown_in_a_namespace(kernel: Kernel, uid: int, gid: int, expected: str | None) -> None:
    """R081: an unmapped ID is EINVAL; one's own file can be given to oneself."""
    file_of(root_of(kernel), 1000, 1000, 0o644)
    assert outcome(mapped_child_of(alice_of(kernel)).chown, "file", uid, gid) == expected


@pytest.mark.parametrize("call", ["chmod", "chown"])
@pytest.mark.parametrize("owner", [0, 1001])
def test_foreign_file_stays(kernel: Kernel, call: str, owner: int) -> None:
    """R081: root of a user namespace changes no file of an owner that is not mapped."""
    file_of(root_of(kernel), owner, owner, 0o666)
    child = mapped_child_of(alice_of(kernel))
    args = (0o600,) if call == "chmod" else (0, 0)
    assert outcome(getattr(child, call), "file", *args) == "EPERM"


def test_owner_can_be_put_right_with_fowner(kernel: Kernel) -> None:
    """R081: CAP_FOWNER needs only the owner to be mapped."""
    root = root_of(kernel)
    file_of(root, 1, 100, 0o644)
    child = mapped_child_of(root, "0 0 10", "0 0 10")
    child.capset(1 << CAP_FOWNER, 1 << CAP_FOWNER)
    assert outcome(child.chmod, "file", 0o600) is None


@pytest.mark.parametrize("call", ["mkdir", "symlink", "mknod", "open"])
def test_unmapped_creator(kernel: Kernel, call: str) -> None:
    """R074: a filesystem of a user namespace without maps cannot store who makes a file."""
    child = child_of(alice_of(kernel), CLONE_NEWNS)
    child.mount("t", kernel.scratch, "tmpfs")
    child.chdir(kernel.scratch)
    args = {
        "mkdir": ("x",),
        "symlink": ("y", "x"),
        "mknod": ("x", abi.S_IFREG | 0o600),
        "open": ("x", O_CREAT),
    }[call]
    assert outcome(getattr(child, call), *args) == "EOVERFLOW"


@pytest.mark.parametrize(
    ("kind", "device", "expected"),
    [
        (abi.S_IFCHR, 0, None),
        (abi.S_IFCHR, 0x103, "EPERM"),
        (abi.S_IFBLK, 0, "EPERM"),
        (abi.S_IFIFO, 0, None),
    ],
)
def test_devices(kernel: Kernel, kind: int, device: int, expected: str | None) -> None:
    """R073: devices need CAP_MKNOD in the initial user namespace, but for the device 0, 0."""
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS)
    assert outcome(child.mknod, "x", kind | 0o600, device) == expected


@pytest.mark.parametrize(
    ("fstype", "flags", "expected"),
    [
        ("tmpfs", 0, None), ("ramfs", 0, None), ("devpts", 0, None), ("proc", 0, "EPERM"),
        ("sysfs", 0, "EPERM"),
        ("mqueue", 0, "EPERM"), ("mqueue", CLONE_NEWIPC, None), ("sysfs", CLONE_NEWNET, None),
        ("ext4", 0, "EPERM"),
        ("bpf", 0, "EPERM"), ("nosuch", 0, "ENODEV"), ("", 0, "EINVAL"),
    ],
)  # fmt: skip
def test_types_of_filesystem(kernel: Kernel, fstype: str, flags: int, expected: str | None) -> None:
    """R070: what can be mounted in a user namespace, and with which other namespace."""
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS | flags)
    child.mkdir("here")
    assert outcome(child.mount, "none", "here", fstype) == expected


def test_proc_needs_its_pid_namespace(kernel: Kernel) -> None:
    """R070: proc is mounted by whoever owns the PID namespace."""
    child = mapped_child_of(alice_of(kernel), flags=CLONE_NEWNS | CLONE_NEWPID)
    assert outcome(child.mount, "proc", "/proc", "proc") is None
    assert child.readlink("/proc/self") == "1"


@pytest.mark.parametrize("flags", [CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWNS])
def test_mount_needs_the_mount_namespace(kernel: Kernel, flags: int) -> None:
    """R070: mount(2) needs CAP_SYS_ADMIN in the owner of the mount namespace."""
    alice = alice_of(kernel)
    alice.mkdir("here")
    alice.unshare(flags)
    assert outcome(alice.mount, "t", "here", "tmpfs") == (None if flags & CLONE_NEWNS else "EPERM")


def test_inherited_mount_is_locked(kernel: Kernel) -> None:
    """R072: mounts that came from a more privileged mount namespace stay, and are bound only as a whole."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mkdir("d")
    root.mount("t", "d", "tmpfs", MS_RDONLY)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    child.mkdir("e")
    assert outcome(child.umount, "d") == "EINVAL"
    assert outcome(child.mount, kernel.scratch, "e", "", MS_BIND) == "EINVAL"
    assert outcome(child.mount, kernel.scratch, "e", "", MS_BIND | MS_REC) is None
    assert outcome(child.mount, "none", "d", "", MS_REMOUNT | MS_BIND) == "EPERM"
    assert outcome(child.mount, "none", "d", "", MS_REMOUNT | MS_BIND | MS_RDONLY) is None


@pytest.mark.parametrize("shared", [abi.MS_SHARED, abi.MS_PRIVATE])
def test_propagation_is_one_way(kernel: Kernel, shared: int) -> None:
    """R061, R072: a mount reaches the user namespace below if its parent is shared, and never goes back."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mkdir("d")
    root.mount("t", "d", "tmpfs")
    root.mount("none", "d", "", shared)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    root.mkdir("d/up")
    root.mkdir("d/down")
    root.mount("t", "d/down", "tmpfs")
    root.mkdir("d/down/seen")
    child.mount("t", "d/up", "tmpfs")
    child.mkdir("d/up/seen")
    assert child.listdir("d/down") == (["seen"] if shared == abi.MS_SHARED else [])
    assert root.listdir("d/up") == []


@pytest.mark.parametrize("covered", [False, True])
def test_covered_proc_stays_covered(kernel: Kernel, covered: bool) -> None:
    """R071: a new proc must not show what is covered in the one that is there."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    # The proc of the example hides that of the host; nothing may hide a part of it.
    if covered:
        root.mount("t", "/proc/sys", "tmpfs")
        root.mount("none", "/", "", abi.MS_PRIVATE | MS_REC)
    child = root.clone(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, uid_map="0 0 10", gid_map="0 0 10")
    child.mkdir("p")
    assert outcome(child.mount, "proc", "p", "proc") in ({None, "EPERM"} if covered else {None})


@pytest.mark.parametrize(
    ("uid", "gid", "mode", "expected"),
    [
        (1, 1, 0o4755, (5, 1, 1)), (1, 1, 0o755, (5, 5, 5)), (100, 1, 0o4755, (5, 5, 5)),
        (1, 100, 0o4755, (5, 5, 5)), (0, 0, 0o4755, (5, 0, 0)),
    ],
)  # fmt: skip
def test_set_user_id(kernel: Kernel, uid: int, gid: int, mode: int, expected: tuple[int, int, int]) -> None:
    """R085: the bit counts if owner and group of the program are mapped."""
    root = root_of(kernel)
    program = program_of(root, uid, gid, mode, kernel)
    child = mapped_child_of(root, "0 0 10", "0 0 10")
    child.setresuid(5, 5, 5)
    child.execve(program)
    assert child.getresuid() == expected


@pytest.mark.parametrize(
    ("uid_map", "bits", "expected"), [("0 0 1", 0, FULL), ("5 0 1", 0, 0), (None, 0, 0), ("0 0 1", 0x1, 0)]
)
def test_capabilities_over_execve(kernel: Kernel, uid_map: str | None, bits: int, expected: int) -> None:
    """R087: user ID 0 keeps its capabilities over execve(2), another loses them, and so does one unmapped."""
    root = root_of(kernel)
    child = child_of(root)
    if uid_map:
        root.write(map_file(child), uid_map)
        root.write(map_file(child, "gid_map"), "0 0 1")
    if bits:
        child.prctl(abi.PR_SET_SECUREBITS, bits)
    child.execve()
    assert child.capget().effective == expected


@pytest.mark.parametrize("setter", ["root", "namespace"])
@pytest.mark.parametrize("where", ["initial", "namespace"])
def test_file_capabilities(kernel: Kernel, setter: str, where: str) -> None:
    """R082, R086: capabilities that root of a user namespace gives count there, and not above."""
    root = root_of(kernel)
    program = program_of(root, 1, 1, 0o755, kernel)
    child = mapped_child_of(root, "0 1 10", "0 1 10")
    child.setresgid(0, 0, 0)
    child.setresuid(0, 0, 0)
    (root if setter == "root" else child).setxattr(program, "security.capability", V2)
    process = alice_of(kernel)
    if where == "namespace":
        process = child.fork()
        process.setresuid(5, 5, 5)
    process.execve(program)
    counts = setter == "root" or where == "namespace"
    assert process.capget().effective == (1 << CAP_NET_RAW if counts else 0)


def test_file_capabilities_are_translated(kernel: Kernel) -> None:
    """R082: version 3 names the root of the namespace; it reads as version 2 where that is user ID 0."""
    root = root_of(kernel)
    file_of(root, 1, 1, 0o755)
    child = mapped_child_of(root, "0 1 10", "0 1 10")
    child.setresgid(0, 0, 0)
    child.setresuid(0, 0, 0)
    child.setxattr("file", "security.capability", V2)
    assert child.getxattr("file", "security.capability") == V2
    assert struct.unpack("<6I", root.getxattr("file", "security.capability"))[5] == 1
    stranger = mapped_child_of(root, "0 100 1", "0 100 1")
    assert outcome(stranger.getxattr, "file", "security.capability") == "EOVERFLOW"


@pytest.mark.parametrize("before", [True, False])
def test_ambient_survives_execve(kernel: Kernel, before: bool) -> None:
    """R088, R089: an ambient capability survives execve(2)."""
    process = kernel.process(uid=1000, gid=1000, caps=[CAP_KILL])
    process.capset(1 << CAP_KILL, 1 << CAP_KILL, 1 << CAP_KILL)
    if before:
        process.prctl(abi.PR_CAP_AMBIENT, abi.PR_CAP_AMBIENT_RAISE, CAP_KILL)
    process.execve()
    assert process.capget().effective == (1 << CAP_KILL if before else 0)


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ((1000, 1000, ()), None),
        ((1001, 1001, ()), "EPERM"),
        ((1001, 1001, (CAP_KILL,)), None),
        ((0, 0, ()), "EPERM"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_kill(
    kernel: Kernel, sender: tuple[int, int, tuple[int, ...]], expected: str | None, inside: bool
) -> None:
    """R095: a signal needs the same user, or CAP_KILL in the user namespace of the receiver."""
    alice = alice_of(kernel)
    target = child_of(alice) if inside else alice.fork()
    uid, gid, caps = sender
    process = kernel.process(uid=uid, gid=gid, caps=caps)
    assert outcome(process.kill, target, 0) == expected
    assert outcome(process.kill, target, 65) == "EINVAL"
    assert outcome(process.kill, 4000000, 65) == "ESRCH"


@pytest.mark.parametrize("call", ["ptrace", "process_vm_readv", "pidfd_getfd"])
def test_ptrace_access(kernel: Kernel, call: str) -> None:
    """R096: access goes from the creator's side inwards, not outwards, and not to strangers."""
    alice = alice_of(kernel)
    child = mapped_child_of(alice)

    def tried(process: Process, target: Process) -> Any:
        if call == "ptrace":
            return outcome(process.ptrace, abi.PTRACE_SEIZE, target)
        if call == "process_vm_readv":
            return outcome(process.process_vm_readv, target, 0, 8)
        return outcome(process.pidfd_getfd, process.pidfd_open(target), 9999)

    assert tried(child, alice) == "EPERM"
    assert tried(kernel.process(uid=1001, gid=1001), child) == "EPERM"
    assert tried(alice, child) in (0, "EFAULT", "EBADF")


@pytest.mark.parametrize("name", ["ns/user", "ns/mnt", "cwd", "root", "exe"])
def test_links_need_access(kernel: Kernel, name: str) -> None:
    """R097: links of /proc/PID are read with ptrace access; refusal is EACCES."""
    alice = alice_of(kernel)
    child = mapped_child_of(alice)
    assert outcome(child.readlink, map_file(alice, name)) == "EACCES"
    assert outcome(kernel.process(uid=1001, gid=1001).readlink, map_file(child, name)) == "EACCES"
    assert isinstance(outcome(alice.stat, map_file(child, name)), tuple)


@pytest.mark.parametrize(
    ("name", "request_number", "expected"),
    [
        ("user", abi.NS_GET_USERNS, "EPERM"), ("user", abi.NS_GET_PARENT, "EPERM"),
        ("uts", abi.NS_GET_PARENT, "EINVAL"),
        ("user", abi.NS_GET_NSTYPE, CLONE_NEWUSER), ("uts", abi.NS_GET_NSTYPE, CLONE_NEWUTS),
        ("user", abi.NS_GET_OWNER_UID, 0), ("uts", abi.NS_GET_OWNER_UID, "EINVAL"), ("uts", 0xB7FF, "ENOTTY"),
        ("uts", abi.NS_GET_MNTNS_ID, "EINVAL"), ("uts", abi.NS_GET_PID_FROM_PIDNS, "EINVAL"),
        ("uts", 0, "ENOTTY"),
    ],
)  # fmt: skip
def test_questions_to_nsfs(kernel: Kernel, name: str, request_number: int, expected: Any) -> None:
    """R100, R101: what ioctl(2) says of the namespaces of a process in the initial user namespace."""
    alice = alice_of(kernel)
    assert outcome(alice.ioctl, alice.open(f"/proc/self/ns/{name}"), request_number) == expected


def test_owner_is_out_of_sight_from_inside(kernel: Kernel) -> None:
    """R100: from inside, the owner of what came from outside and the own parent are out of sight."""
    child = mapped_child_of(alice_of(kernel))
    assert outcome(child.ioctl, child.open("/proc/self/ns/uts"), abi.NS_GET_USERNS) == "EPERM"
    assert outcome(child.ioctl, child.open("/proc/self/ns/user"), abi.NS_GET_PARENT) == "EPERM"
    assert child.ioctl(child.open("/proc/self/ns/user"), abi.NS_GET_OWNER_UID) == 0


@pytest.mark.parametrize(
    ("dumpable", "name", "owner"), [(1, "uid_map", 1000), (0, "uid_map", 0), (0, "", 1000)]
)
def test_owner_of_proc_files(kernel: Kernel, dumpable: int, name: str, owner: int) -> None:
    """R110: the files of a process that is not dumpable belong to root; its directory does not."""
    alice = alice_of(kernel)
    alice.prctl(abi.PR_SET_DUMPABLE, dumpable)
    assert root_of(kernel).stat(map_file(alice, name)).st_uid == owner


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 1), ("1", 1), ("2147483647", 10), ("2147483648", "EINVAL"), ("-1", "EINVAL"), ("x", "EINVAL")],
)
def test_text_of_a_limit(kernel: Kernel, text: str, expected: int | str) -> None:
    """R116: a limit is from 0 to 2147483647; who has CAP_SYS_RESOURCE in the namespace sets it."""
    child = mapped_child_of(alice_of(kernel))
    assert outcome(child.write, "/proc/sys/user/max_user_namespaces", text) == expected
    child.capset(0, 0)
    assert outcome(child.write, "/proc/sys/user/max_user_namespaces", text) == "EACCES"


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_limit_counts(kernel: Kernel, limit: int) -> None:
    """R021, R115: a new namespace has no limit; one that is set counts every child at a time."""
    child = mapped_child_of(alice_of(kernel))
    assert child.read("/proc/sys/user/max_user_namespaces") == "2147483647\n"
    child.write("/proc/sys/user/max_user_namespaces", str(limit))
    made = [outcome(child.clone, CLONE_NEWUSER) for _ in range(limit + 1)]
    assert made[-1] == "ENOSPC"
    assert "ENOSPC" not in made[:-1]


def test_limit_above_counts(kernel: Kernel) -> None:
    """R115: what is made below counts for the creator above."""
    child = mapped_child_of(alice_of(kernel))
    child.write("/proc/sys/user/max_uts_namespaces", "1")
    grandchild = child_of(child)
    assert outcome(grandchild.unshare, CLONE_NEWUTS) is None
    assert outcome(child.unshare, CLONE_NEWUTS) == "ENOSPC"


def test_processes_are_limited(kernel: Kernel) -> None:
    """R016, R117: the soft limit of the creator binds the user namespace that it made."""
    alice = kernel.process(uid=4321, gid=4321)
    alice.prlimit(0, abi.RLIMIT_NPROC, (3, 100))
    child = mapped_child_of(alice, "0 4321 1", "0 4321 1")
    child.prlimit(0, abi.RLIMIT_NPROC, (100, 100))
    made = [outcome(child.fork) for _ in range(4)]
    assert "EAGAIN" in made


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ((0, 0, 0), "EPERM"),
        ((None, 1000, 1000), None),
        ((None, 5, 1000), "EPERM"),
        ((None, 1000, 5), "EPERM"),
    ],
)
def test_credentials_over_a_socket(
    kernel: Kernel, credentials: tuple[Any, int, int], expected: str | None
) -> None:
    """R095: without privilege a process sends only its own credentials."""
    alice = alice_of(kernel)
    one, _ = alice.socketpair(abi.AF_UNIX, abi.SOCK_STREAM)
    pid, uid, gid = credentials
    sent = (alice.getpid() if pid is None else pid, uid, gid)
    result = outcome(lambda: alice.sendmsg(one, "x", credentials=sent))
    assert (None if result == 1 else result) == expected


def test_setuid_bits_of_capset(kernel: Kernel) -> None:
    """R043, R044: capset(2) adds nothing, and a bounding set is dropped with CAP_SETPCAP only."""
    process = kernel.process(uid=1000, gid=1000, caps=[CAP_KILL, CAP_CHOWN])
    held = process.capget().permitted
    assert outcome(process.capset, held, held, FULL) == "EPERM"
    assert outcome(process.capset, FULL, held) == "EPERM"
    assert outcome(process.capset, held, FULL) == "EPERM"
    assert outcome(process.capset, 0, held, held) is None
    assert outcome(process.prctl, abi.PR_CAPBSET_DROP, CAP_KILL) == "EPERM"
    assert outcome(process.prctl, abi.PR_CAPBSET_READ, 63) == "EINVAL"
