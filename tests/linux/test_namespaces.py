"""Namespaces on the live kernel: created, joined, asked about."""

from __future__ import annotations

from errno import EBADF, EINVAL, EMFILE, ENOSPC, ENOTTY, EPERM, ESRCH

import pytest

from nsdoc import fails
from nsdoc.abi import (
    CLONE_FS,
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWTIME,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    CLONE_THREAD,
    NS_GET_ID,
    NS_GET_MNTNS_ID,
    NS_GET_NSTYPE,
    NS_GET_OWNER_UID,
    NS_GET_PARENT,
    NS_GET_PID_FROM_PIDNS,
    NS_GET_PID_IN_PIDNS,
    NS_GET_TGID_FROM_PIDNS,
    NS_GET_TGID_IN_PIDNS,
    NS_GET_USERNS,
    NS_MNT_GET_INFO,
    NS_MNT_GET_NEXT,
)
from nsdoc.process import Kernel, Process

TYPES = {
    "mnt": CLONE_NEWNS,
    "uts": CLONE_NEWUTS,
    "ipc": CLONE_NEWIPC,
    "net": CLONE_NEWNET,
    "cgroup": CLONE_NEWCGROUP,
    "time": CLONE_NEWTIME,
    "pid": CLONE_NEWPID,
}
# Of these two, unshare() changes what children will be in.
FOR_CHILDREN = ("pid", "time")


def link(process: Process, name: str) -> str:
    """What a file of /proc/self/ns says."""
    return process.readlink(f"/proc/self/ns/{name}")


@pytest.mark.parametrize("name", TYPES)
def test_unshare_moves_the_caller(inner: Process, name: str) -> None:
    """unshare() gives a new namespace of each type to who has CAP_SYS_ADMIN."""
    file = f"{name}_for_children" if name in FOR_CHILDREN else name
    before = link(inner, file)
    inner.unshare(TYPES[name])
    if name != "pid":  # until the first child it has no members to be seen by
        assert link(inner, file) != before
    child = inner.fork()
    assert link(child, name) != before
    assert link(child, "user") == link(inner, "user")


@pytest.mark.parametrize("name", TYPES)
def test_unshare_needs_privilege(alice: Process, name: str) -> None:
    """Without CAP_SYS_ADMIN unshare() of any type but CLONE_NEWUSER is EPERM, unless that comes along."""
    with fails(EPERM):
        alice.unshare(TYPES[name])
    alice.unshare(CLONE_NEWUSER | TYPES[name])


def test_unshare_without_privilege_gives_all_capabilities(kernel: Kernel, alice: Process) -> None:
    """After unshare(CLONE_NEWUSER) the caller has every capability, and its IDs are not mapped."""
    alice.unshare(CLONE_NEWUSER)
    assert alice.capget().effective == kernel.caps
    assert (alice.getuid(), alice.read("/proc/self/uid_map")) == (65534, "")


def test_unshare_refuses_unknown_and_impossible_flags(alice: Process) -> None:
    """Unknown flags are EINVAL; CLONE_THREAD alone is fine for a process with a single thread."""
    for flags in (1, 1 << 20, 1 << 33):
        with fails(EINVAL):
            alice.unshare(flags)
    alice.unshare(CLONE_THREAD)
    alice.unshare(CLONE_FS)
    alice.unshare(0)


def test_unshare_again_needs_mapped_ids(alice: Process, inner: Process) -> None:
    """A process whose IDs are not mapped creates no user namespace; one whose IDs are does."""
    alice.unshare(CLONE_NEWUSER)
    with fails(EPERM):
        alice.unshare(CLONE_NEWUSER)
    inner.unshare(CLONE_NEWUSER)


def test_nesting_is_bounded(inner: Process) -> None:
    """At some depth there are too many user namespaces within one another, and the process goes on."""
    deepest = inner
    with fails(ENOSPC):
        for _ in range(40):
            deepest = deepest.clone(CLONE_NEWUSER, uid_map="0 0 1", gid_map="0 0 1")
    assert deepest.getuid() == 0


@pytest.mark.parametrize("name", ["user", "mnt", "uts", "ipc", "net", "cgroup", "pid"])
def test_setns_joins(alice: Process, name: str) -> None:
    """setns() by a descriptor of /proc/PID/ns joins that namespace."""
    member = alice.clone(CLONE_NEWUSER | TYPES.get(name, 0))
    user = alice.open(f"/proc/{member.pid}/ns/user")
    other = alice.open(f"/proc/{member.pid}/ns/{name}")
    alice.setns(user, CLONE_NEWUSER)
    if name != "user":
        alice.setns(other, TYPES[name])
    child = alice.fork()
    assert link(child, name) == link(member, name)


def test_setns_to_a_time_namespace(alice: Process) -> None:
    """setns() to a time namespace is seen at once."""
    member = alice.clone(CLONE_NEWUSER)
    member.unshare(CLONE_NEWTIME)
    timed = member.fork()
    alice.setns(alice.open(f"/proc/{member.pid}/ns/user"))
    alice.setns(alice.open(f"/proc/{timed.pid}/ns/time"), CLONE_NEWTIME)
    assert link(alice, "time") == link(timed, "time")


def test_setns_by_pidfd_joins_several(alice: Process) -> None:
    """setns() by a PID file descriptor joins the namespaces that are named, and no other."""
    flags = CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID
    member = alice.clone(flags)
    alice.setns(alice.pidfd_open(member), flags & ~CLONE_NEWIPC)
    child = alice.fork()
    for name in ("user", "uts", "net", "mnt", "ipc"):
        one, other = (child.stat(f"/proc/{process.pid}/ns/{name}").st_ino for process in (child, member))
        assert (one == other) == (name != "ipc")
    assert child.getpid() == 2


def test_setns_by_pidfd_is_all_or_nothing(alice: Process) -> None:
    """If one of several namespaces cannot be joined, the caller stays in all of its own."""
    member = alice.clone(CLONE_NEWUSER)
    before = [link(alice, name) for name in ("user", "uts")]
    with fails(EPERM):
        alice.setns(alice.pidfd_open(member), CLONE_NEWUSER | CLONE_NEWUTS)
    assert [link(alice, name) for name in ("user", "uts")] == before


def test_setns_checks_its_arguments(alice: Process) -> None:
    """What is no namespace, or another type than asked for, or a dead process, is refused."""
    member = alice.clone(CLONE_NEWUSER)
    user = alice.open(f"/proc/{member.pid}/ns/user")
    pidfd = alice.pidfd_open(member)
    with fails(EBADF):
        alice.setns(77)
    with fails(EINVAL):
        alice.setns(alice.open("/"))
    with fails(EINVAL):
        alice.setns(user, CLONE_NEWUTS)
    with fails(EINVAL):
        alice.setns(pidfd)
    with fails(EINVAL):
        alice.setns(pidfd, CLONE_THREAD)
    with fails(EINVAL):
        alice.setns(alice.open("/proc/self/ns/user"))
    member.exit()
    alice.wait()
    with fails(ESRCH):
        alice.setns(pidfd, CLONE_NEWUSER)
    alice.setns(user)


def test_a_descriptor_keeps_a_namespace(alice: Process) -> None:
    """A namespace without members can be joined as long as a descriptor refers to it."""
    member = alice.clone(CLONE_NEWUSER | CLONE_NEWUTS)
    member.sethostname("kept")
    fds = [alice.open(f"/proc/{member.pid}/ns/{name}") for name in ("user", "uts")]
    member.exit()
    alice.wait()
    for fd in fds:
        alice.setns(fd)
    assert alice.gethostname() == "kept"


def test_host_and_domain_names(inner: Process, alice: Process) -> None:
    """Names are those of the UTS namespace, and setting one needs CAP_SYS_ADMIN over it."""
    inner.unshare(CLONE_NEWUTS)
    inner.sethostname("höst")
    inner.setdomainname("domain.example")
    child = inner.fork()
    assert (child.gethostname(), child.getdomainname()) == ("höst", "domain.example")
    assert alice.gethostname() != "höst"
    for call in (alice.sethostname, alice.setdomainname):
        with fails(EPERM):
            call("other")
    for call in (inner.sethostname, inner.setdomainname):
        with fails(EINVAL):
            call("x" * 65)
    inner.sethostname("")
    assert inner.gethostname() == ""


def test_ioctl_finds_owner_parent_and_type(alice: Process) -> None:
    """NS_GET_USERNS, NS_GET_PARENT, NS_GET_NSTYPE and NS_GET_OWNER_UID give descriptors and numbers."""
    member = alice.clone(CLONE_NEWUSER | CLONE_NEWUTS)
    uts = alice.open(f"/proc/{member.pid}/ns/uts")
    owner = alice.ioctl(uts, NS_GET_USERNS)
    user = alice.stat(f"/proc/{member.pid}/ns/user")
    assert alice.fstat(owner).st_ino == user.st_ino
    parent = alice.ioctl(owner, NS_GET_PARENT)
    assert alice.fstat(parent).st_ino == alice.stat("/proc/self/ns/user").st_ino
    assert alice.ioctl(uts, NS_GET_NSTYPE) == CLONE_NEWUTS
    assert alice.ioctl(owner, NS_GET_NSTYPE) == CLONE_NEWUSER
    assert alice.ioctl(owner, NS_GET_OWNER_UID) == alice.getuid()
    with fails(EINVAL):
        alice.ioctl(uts, NS_GET_OWNER_UID)
    with fails(EINVAL):
        alice.ioctl(uts, NS_GET_PARENT)
    with fails(EPERM):
        alice.ioctl(parent, NS_GET_PARENT)


def test_ioctl_refuses_what_is_no_namespace(alice: Process) -> None:
    """A descriptor of another file, or a request that no namespace knows, is ENOTTY."""
    with fails(ENOTTY):
        alice.ioctl(alice.open("/"), NS_GET_USERNS)
    with fails(ENOTTY):
        alice.ioctl(alice.open("/proc/self/ns/user"), 0xB7FF)
    with fails(EBADF):
        alice.ioctl(77, NS_GET_USERNS)


def test_ioctl_translates_pids(inner: Process) -> None:
    """A PID of one PID namespace is told as another one's."""
    child = inner.clone(CLONE_NEWPID)
    fd = inner.open(f"/proc/{child.pid}/ns/pid")
    assert inner.ioctl(fd, NS_GET_PID_FROM_PIDNS, 1) == child.pid
    assert inner.ioctl(fd, NS_GET_TGID_FROM_PIDNS, 1) == child.pid
    assert inner.ioctl(fd, NS_GET_PID_IN_PIDNS, child.pid) == 1
    assert inner.ioctl(fd, NS_GET_TGID_IN_PIDNS, child.pid) == 1
    with fails(ESRCH):
        inner.ioctl(fd, NS_GET_PID_FROM_PIDNS, 99)
    with fails(EINVAL):
        inner.ioctl(inner.open("/proc/self/ns/user"), NS_GET_PID_FROM_PIDNS, 1)


def test_ioctl_identifies_mount_namespaces(inner: Process) -> None:
    """Every mount namespace has an ID and a number of mounts; walking them is for the initial one."""
    fd = inner.open("/proc/self/ns/mnt")
    child = inner.clone(CLONE_NEWNS)
    other = inner.open(f"/proc/{child.pid}/ns/mnt")
    one, two = inner.ioctl(fd, NS_GET_MNTNS_ID), inner.ioctl(other, NS_GET_MNTNS_ID)
    # Numbers are given out in batches, one for each processor: they need not rise.
    assert 0 < one != two > 0
    count = inner.ioctl(other, NS_MNT_GET_INFO)
    assert count == len(child.read("/proc/self/mountinfo").splitlines())
    child.mount("none", ".", "tmpfs")
    assert inner.ioctl(other, NS_MNT_GET_INFO) == count + 1
    with fails(EPERM):
        inner.ioctl(fd, NS_MNT_GET_NEXT)
    with fails(EINVAL):
        inner.ioctl(inner.open("/proc/self/ns/user"), NS_GET_MNTNS_ID)


def test_ioctl_gives_an_id(kernel: Kernel, alice: Process) -> None:
    """NS_GET_ID numbers namespaces of every type, since Linux 6.18."""
    fds = [alice.open(f"/proc/self/ns/{name}") for name in ("user", "uts", "mnt")]
    try:
        ids = [alice.ioctl(fd, NS_GET_ID) for fd in fds]
    except OSError:
        pytest.skip(f"Linux {kernel.release} has no NS_GET_ID")
    assert len(set(ids)) == 3


def test_limits_of_a_namespace_of_one_own(inner: Process) -> None:
    """Limits in /proc/sys/user are written in the process's own user namespace, and hold there."""
    assert inner.read("/proc/sys/user/max_uts_namespaces") == "2147483647\n"
    inner.write("/proc/sys/user/max_uts_namespaces", "1")
    first = inner.clone(CLONE_NEWUTS)
    with fails(ENOSPC):
        inner.unshare(CLONE_NEWUTS)
    with fails(ENOSPC):
        first.clone(CLONE_NEWUSER | CLONE_NEWUTS)
    with fails(EINVAL):
        inner.write("/proc/sys/user/max_uts_namespaces", "-1")
    lower = inner.clone(CLONE_NEWUSER, uid_map="0 0 1", gid_map="0 0 1")
    assert lower.read("/proc/sys/user/max_uts_namespaces") == "2147483647\n"
    with fails(ENOSPC):
        lower.unshare(CLONE_NEWUTS)


def test_descriptors_run_out_in_the_process_only(alice: Process) -> None:
    """EMFILE in a process of the example does not take its channel away."""
    alice.prlimit(0, 7, (16, 16))
    with fails(EMFILE):
        for _ in range(20):
            alice.open("/")
    assert alice.getpid() == alice.pid
    with fails(EMFILE):
        alice.open("/proc/self/ns/user")
