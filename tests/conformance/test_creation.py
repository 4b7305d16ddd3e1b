"""Creating user namespaces and others, and joining them."""

from __future__ import annotations

import pytest

from nsdoc import abi
from nsdoc.abi import (
    CAP_SYS_ADMIN,
    CLONE_FS,
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWTIME,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    CLONE_PARENT,
    CLONE_SIGHAND,
    CLONE_SYSVSEM,
    CLONE_THREAD,
    CLONE_VM,
)
from nsdoc.process import Kernel
from tests.conformance.support import FULL, alice_of, child_of, map_file, mapped_child_of, outcome, root_of

OTHERS = (CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_NEWTIME)
KINDS = {
    "mnt": CLONE_NEWNS,
    "uts": CLONE_NEWUTS,
    "ipc": CLONE_NEWIPC,
    "net": CLONE_NEWNET,
    "cgroup": CLONE_NEWCGROUP,
}


@pytest.mark.parametrize("flag", OTHERS)
def test_unprivileged_unshare(kernel: Kernel, flag: int) -> None:
    """R060: another namespace needs CAP_SYS_ADMIN, which a new user namespace gives."""
    alice = alice_of(kernel)
    assert outcome(alice.unshare, flag) == "EPERM"
    assert outcome(alice.unshare, CLONE_NEWUSER | flag) is None


@pytest.mark.parametrize("flag", OTHERS[:-1])
def test_unprivileged_clone(kernel: Kernel, flag: int) -> None:
    """R060: so does clone(2)."""
    alice = alice_of(kernel)
    assert outcome(alice.clone, flag) == "EPERM"
    assert alice.clone(CLONE_NEWUSER | flag).capget().effective == FULL


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0, None), (0x1, "EINVAL"), (0x100000, "EINVAL"), (abi.CLONE_PTRACE, "EINVAL"), (CLONE_FS, None),
        (abi.CLONE_FILES, None), (CLONE_SYSVSEM, None), (CLONE_THREAD, None), (CLONE_SIGHAND, None),
        (CLONE_VM, None), (CLONE_NEWUSER, None), (CLONE_NEWUSER | 0x1, "EINVAL"),
    ],
)  # fmt: skip
def test_flags_of_unshare(kernel: Kernel, flags: int, expected: str | None) -> None:
    """R010, R012: unshare(2) refuses bits that it does not know, and grants those that need nothing."""
    assert outcome(alice_of(kernel).unshare, flags) == expected


@pytest.mark.parametrize(
    "flags",
    [
        CLONE_NEWUSER | CLONE_FS, CLONE_NEWNS | CLONE_FS, CLONE_THREAD, CLONE_SIGHAND,
        CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER,
        CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWPID,
    ],
)  # fmt: skip
def test_flags_that_exclude_each_other(kernel: Kernel, flags: int) -> None:
    """R015: clone(2) refuses these combinations, before it asks for privilege."""
    assert outcome(alice_of(kernel).clone, flags) == "EINVAL"


def test_ipc_excludes_sysvsem(kernel: Kernel) -> None:
    """R016: CLONE_NEWIPC with CLONE_SYSVSEM is EINVAL, after the privilege has been asked for."""
    assert outcome(alice_of(kernel).clone, CLONE_NEWIPC | CLONE_SYSVSEM) == "EPERM"
    assert outcome(root_of(kernel).clone, CLONE_NEWIPC | CLONE_SYSVSEM) == "EINVAL"


@pytest.mark.parametrize("flags", [0x40, abi.CLONE_DETACHED, 1 << 40])
def test_flags_of_clone3(kernel: Kernel, flags: int) -> None:
    """R017: clone3(2) refuses bits that it does not know, and a signal at the end among the flags."""
    assert outcome(alice_of(kernel).clone3, flags) == "EINVAL"


def test_clone3_makes_time_namespaces(kernel: Kernel) -> None:
    """R017: CLONE_NEWTIME is for clone3(2) and unshare(2)."""
    root = root_of(kernel)
    child = root.clone3(CLONE_NEWTIME)
    assert child.readlink("/proc/self/ns/time") != root.readlink("/proc/self/ns/time")


def test_init_has_no_siblings(kernel: Kernel) -> None:
    """R015: process 1 of a PID namespace cannot use CLONE_PARENT."""
    init = root_of(kernel).clone(CLONE_NEWPID)
    assert outcome(init.clone, CLONE_PARENT) == "EINVAL"


def test_nesting_ends_at_33(kernel: Kernel) -> None:
    """R020(a): 33 user namespaces nest below the initial one; the next is ENOSPC."""
    process = alice_of(kernel)
    for _ in range(33):
        process.unshare(CLONE_NEWUSER)
        process.write("/proc/self/setgroups", "deny")
        process.write("/proc/self/uid_map", "1000 1000 1")
        process.write("/proc/self/gid_map", "1000 1000 1")
    assert outcome(process.unshare, CLONE_NEWUSER) == "ENOSPC"


def test_depth_is_tested_before_the_root(kernel: Kernel) -> None:
    """R020(b), (c): a limit on user namespaces beats a chroot."""
    child = root_of(kernel).clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    child.mkdir("jail")
    child.chroot("jail")
    assert outcome(child.unshare, CLONE_NEWUSER) == "EPERM"


def test_limit_beats_chroot(kernel: Kernel) -> None:
    """R020(b), R115: a count at its limit is ENOSPC, even in a chroot."""
    child = root_of(kernel).clone(CLONE_NEWUSER | CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    child.write("/proc/sys/user/max_user_namespaces", "0")
    child.mkdir("jail")
    child.chroot("jail")
    assert outcome(child.unshare, CLONE_NEWUSER) == "ENOSPC"


@pytest.mark.parametrize(
    ("uids", "gids", "expected"),
    [
        ("0 1000 1", "0 1000 1", None),
        ("0 1000 1", None, "EPERM"),
        (None, "0 1000 1", "EPERM"),
        (None, None, "EPERM"),
    ],
)
def test_creator_must_be_mapped(
    kernel: Kernel, uids: str | None, gids: str | None, expected: str | None
) -> None:
    """R020(d): the effective user and group of the creator have a mapping."""
    alice = alice_of(kernel)
    child = child_of(alice)
    if uids:
        alice.write(map_file(child), uids)
    if gids:
        alice.write(map_file(child, "setgroups"), "deny")
        alice.write(map_file(child, "gid_map"), gids)
    assert outcome(child.unshare, CLONE_NEWUSER) == expected


def test_the_moved_has_everything_inside(kernel: Kernel) -> None:
    """R022: whoever enters a user namespace has every capability there, and the default securebits."""
    root = root_of(kernel)
    root.prctl(abi.PR_CAPBSET_DROP, abi.CAP_CHOWN)
    root.prctl(abi.PR_SET_SECUREBITS, 0x13)
    root.unshare(CLONE_NEWUSER)
    assert tuple(root.capget()) == (FULL, FULL, 0)
    assert root.prctl(abi.PR_GET_SECUREBITS) == 0
    assert root.prctl(abi.PR_CAPBSET_READ, abi.CAP_CHOWN) == 1


def test_ambient_set_is_cleared(kernel: Kernel) -> None:
    """R022: the ambient set does not enter a user namespace."""
    root = root_of(kernel)
    held = root.capget().permitted
    root.capset(held, held, 1 << abi.CAP_KILL)
    root.prctl(abi.PR_CAP_AMBIENT, abi.PR_CAP_AMBIENT_RAISE, abi.CAP_KILL)
    root.unshare(CLONE_NEWUSER)
    assert root.prctl(abi.PR_CAP_AMBIENT, abi.PR_CAP_AMBIENT_IS_SET, abi.CAP_KILL) == 0


@pytest.mark.parametrize("name", list(KINDS))
def test_owner_is_the_new_user_namespace(kernel: Kernel, name: str) -> None:
    """R005: namespaces that were asked for together belong to the new user namespace."""
    root = root_of(kernel)
    child = child_of(root, KINDS[name])
    owner = root.ioctl(root.open(map_file(child, f"ns/{name}")), abi.NS_GET_USERNS)
    assert root.fstat(owner).st_ino == root.stat(map_file(child, "ns/user")).st_ino


def test_new_pid_namespace_waits_for_a_child(kernel: Kernel) -> None:
    """R061: a second CLONE_NEWPID before the first child is EINVAL."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWPID)
    assert outcome(root.readlink, "/proc/self/ns/pid_for_children") == "ENOENT"
    assert outcome(root.unshare, CLONE_NEWPID) == "EINVAL"
    assert root.fork().getpid() == 1
    assert outcome(root.unshare, CLONE_NEWPID) == "EINVAL"


def test_pid_namespace_ends_with_its_init(kernel: Kernel) -> None:
    """R061: after process 1 has ended no process can be made there."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWPID)
    root.fork().exit()
    root.wait()
    assert outcome(root.fork) == "ENOMEM"


@pytest.mark.parametrize("name", [*KINDS, "user"])
def test_stranger_cannot_join(kernel: Kernel, name: str) -> None:
    """R032, R033: joining needs CAP_SYS_ADMIN in the user namespace that owns the namespace."""
    alice = alice_of(kernel)
    child = child_of(alice, sum(KINDS.values()))
    fd = child.open(f"/proc/self/ns/{name}")
    assert isinstance(fd, int)
    stranger = kernel.process(uid=1001, gid=1001, caps=(abi.CAP_SYS_PTRACE,))
    opened = outcome(stranger.open, map_file(child, f"ns/{name}"))
    assert outcome(stranger.setns, opened, 0) == "EPERM"


@pytest.mark.parametrize("name", list(KINDS))
def test_owner_joins_by_way_of_the_user_namespace(kernel: Kernel, name: str) -> None:
    """R033: the caller needs CAP_SYS_ADMIN in its own user namespace, too."""
    alice = alice_of(kernel)
    child = child_of(alice, sum(KINDS.values()))
    user, other = alice.open(map_file(child, "ns/user")), alice.open(map_file(child, f"ns/{name}"))
    assert outcome(alice.setns, other, 0) == "EPERM"
    assert outcome(alice.setns, user, CLONE_NEWUSER) is None
    assert outcome(alice.setns, other, KINDS[name]) is None


def test_own_user_namespace_cannot_be_joined(kernel: Kernel) -> None:
    """R032: joining one's own user namespace is EINVAL, one above EPERM."""
    alice = alice_of(kernel)
    old = alice.open("/proc/self/ns/user")
    assert outcome(alice.setns, old, 0) == "EINVAL"
    alice.unshare(CLONE_NEWUSER)
    assert outcome(alice.setns, old, 0) == "EPERM"
    assert outcome(alice.setns, alice.open("/proc/self/ns/user"), 0) == "EINVAL"


def test_shared_root_forbids_to_join(kernel: Kernel) -> None:
    """R032: a shared root directory forbids to join a user namespace, and is tested before the privilege."""
    alice = alice_of(kernel)
    child = child_of(alice)
    other = alice.clone(CLONE_FS)
    assert outcome(alice.setns, alice.open(map_file(child, "ns/user")), 0) == "EINVAL"
    other.exit()


@pytest.mark.parametrize(
    ("flags", "expected"),
    [(0, None), (CLONE_NEWUTS, None), (CLONE_NEWIPC, "EINVAL"), (1, "EINVAL"), (-1, "EINVAL")],
)
def test_type_of_setns(kernel: Kernel, flags: int, expected: str | None) -> None:
    """R030: the second argument of setns(2) is 0 or the type of the namespace."""
    root = root_of(kernel)
    assert outcome(root.setns, root.open("/proc/self/ns/uts"), flags) == expected


def test_descriptor_of_setns(kernel: Kernel) -> None:
    """R030: a descriptor that is not open is EBADF, one of another file EINVAL."""
    root = root_of(kernel)
    assert outcome(root.setns, 99, 0) == "EBADF"
    assert outcome(root.setns, root.open("/proc/self/status"), 0) == "EINVAL"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0, "EINVAL"), (CLONE_FS, "EINVAL"), (CLONE_NEWUTS, "EPERM"), (CLONE_NEWUSER, None),
        (CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNS, None),
    ],
)  # fmt: skip
def test_setns_by_pidfd(kernel: Kernel, flags: int, expected: str | None) -> None:
    """R030, R031: a PID file descriptor takes several types; the user namespace comes first."""
    alice = alice_of(kernel)
    child = child_of(alice, CLONE_NEWUTS | CLONE_NEWNS)
    assert outcome(alice.setns, alice.pidfd_open(child), flags) == expected


def test_setns_by_pidfd_is_all_or_nothing(kernel: Kernel) -> None:
    """R031: when one type cannot be joined, none is."""
    alice = alice_of(kernel)
    child = child_of(alice)
    before = alice.readlink("/proc/self/ns/user")
    assert outcome(alice.setns, alice.pidfd_open(child), CLONE_NEWUSER | CLONE_NEWUTS) == "EPERM"
    assert alice.readlink("/proc/self/ns/user") == before


def test_setns_by_pidfd_needs_access(kernel: Kernel) -> None:
    """R031: without ptrace access to the process it is EPERM."""
    alice = alice_of(kernel)
    child = child_of(alice)
    stranger = kernel.process(uid=1001, gid=1001)
    assert outcome(stranger.setns, stranger.pidfd_open(child), CLONE_NEWUSER) == "EPERM"


def test_pid_namespace_is_joined_downwards(kernel: Kernel) -> None:
    """R033: only the own PID namespace or one below can be joined, and it is for children."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWPID)
    outer = child.open("/proc/self/ns/pid")
    own = root.open("/proc/self/ns/pid")
    inner = root.open(map_file(child, "ns/pid"))
    assert outcome(root.setns, own, 0) is None
    assert outcome(root.setns, inner, 0) is None
    assert root.fork().getpid() == 2
    assert isinstance(outer, int)


def test_capability_reaches_descendants(kernel: Kernel) -> None:
    """R040: the owner of a user namespace has every capability in it and below."""
    alice = alice_of(kernel)
    child = mapped_child_of(alice)
    grandchild = child_of(child)
    assert outcome(alice.setns, alice.open(map_file(grandchild, "ns/user")), 0) is None


def test_owner_is_the_effective_user(kernel: Kernel) -> None:
    """R040: the effective user ID counts, not the real one."""
    alice = alice_of(kernel)
    child = child_of(alice)
    other = root_of(kernel)
    other.setresuid(1000, 1001, 1000)
    other.prctl(4, 1)
    assert outcome(other.open, map_file(child, "setgroups"), abi.O_WRONLY) == "EACCES"
    other.setresuid(1001, 1000, 1000)
    other.prctl(4, 1)
    assert isinstance(outcome(other.open, map_file(child, "setgroups"), abi.O_WRONLY), int)


@pytest.mark.parametrize("call", ["sethostname", "setdomainname"])
def test_names_need_the_owner(kernel: Kernel, call: str) -> None:
    """R062: naming the host needs CAP_SYS_ADMIN in the user namespace that owns the UTS namespace."""
    alice = alice_of(kernel)
    assert outcome(getattr(child_of(alice), call), "x") == "EPERM"
    assert outcome(getattr(child_of(alice, CLONE_NEWUTS), call), "x") is None
    assert outcome(getattr(child_of(alice, CLONE_NEWUTS), call), "x" * 65) == "EINVAL"
    assert outcome(getattr(child_of(alice), call), "x" * 65) == "EPERM"


@pytest.mark.parametrize("caps", [(), (CAP_SYS_ADMIN,)])
def test_capable_is_about_the_initial_namespace(kernel: Kernel, caps: tuple[int, ...]) -> None:
    """R041: the clock belongs to no namespace; nobody in a user namespace can set it."""
    assert outcome(kernel.process(uid=1000, gid=1000, caps=caps).settimeofday) == "EPERM"
    assert outcome(mapped_child_of(root_of(kernel), "0 0 1", "0 0 1").settimeofday) == "EPERM"
    assert outcome(root_of(kernel).settimeofday) is None
