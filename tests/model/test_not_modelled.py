"""What the model does not play raises one clear error; what its machine lets root set, counts."""

from __future__ import annotations

import os
from typing import Any

import pytest

from nsdoc import KernelError, Unavailable, abi
from nsdoc.backends import model
from nsdoc.backends.model.boot import Setting
from nsdoc.process import Kernel, Process


def machine(spec: str = "6.18", setting: Setting | None = None) -> Kernel:
    """A machine of the model."""
    return Kernel(model.ModelBackend(model.edition(spec), setting))


def refused(call: Any, *args: Any) -> str:
    """The error of a call that is refused."""
    with pytest.raises(KernelError) as caught:
        call(*args)
    return caught.value.name


@pytest.mark.parametrize(
    ("call", "args", "why"),
    [
        ("execve", ("/usr/bin/program", ["x"]), "arguments"),
        ("waitid", (abi.P_ALL, 0, abi.WSTOPPED), "stop"),
        ("clone", (abi.CLONE_VFORK,), "waiting"), ("clone", (abi.CLONE_SIGHAND | abi.CLONE_VM,), "handlers"),
        ("open", ("/tmp", 0o20000000 | abi.O_DIRECTORY | abi.O_RDWR), "O_TMPFILE"),
        ("open", ("/dev/fuse",), "int"),
        ("read", ("/proc/self/maps",), "maps"), ("read", ("/proc/meminfo",), "meminfo"),
        ("read", ("/proc/sys/kernel/nosuch",), "nosuch"), ("listdir", ("/sys",), "sysfs"),
        ("stat", ("/sys/x",), "sysfs"),
        ("socket", (4, abi.SOCK_DGRAM), "family 4"), ("socket", (abi.AF_INET, abi.SOCK_DGRAM, 1), "ICMP"),
        ("socketpair", (abi.AF_NETLINK, abi.SOCK_RAW), "family"), ("prctl", (22,), "operation 22"),
        ("msgctl", (0, 1), "command 1"), ("keyctl", (31,), "operation 31"), ("kill", (0, 0), "group"),
        ("add_key", ("big_key", "k", "x", abi.KEY_SPEC_PROCESS_KEYRING), "big_key"),
        ("mount", ("x", "/tmp", "ext4"), "ext4"),
        ("mount", ("x", "/tmp", "proc", 0, "hidepid=2"), "options of proc"),
        ("mount", ("x", "/tmp", "cgroup", 0, "none"), "version 1"),
        ("process_vm_readv", (1, 1 << 20, 8), "memory"),
    ],
)  # fmt: skip
def test_one_clear_error(call: str, args: tuple[Any, ...], why: str) -> None:
    """A call that is not played says what of it is not."""
    root = machine().process()
    if why == "int":
        assert isinstance(getattr(root, call)(*args), int)
        return
    with pytest.raises(Unavailable, match=why):
        getattr(root, call)(*args)


def test_calls_that_would_wait() -> None:
    """A call that would wait for ever says so at once."""
    root = machine().process()
    root.fork()
    one, _ = root.socketpair(abi.AF_UNIX, abi.SOCK_STREAM)
    server = root.socket(abi.AF_UNIX, abi.SOCK_STREAM)
    root.bind(server, "socket")
    root.listen(server, 0)
    for call, args in (
        (root.wait, ()), (root.waitid, (abi.P_ALL, 0)), (root.recvmsg, (one,)), (root.accept, (server,)),
        (root.read, (root.pipe()[0], 1)),
    ):  # fmt: skip
        with pytest.raises(Unavailable, match="wait for ever"):
            call(*args)
    root.connect(root.socket(abi.AF_UNIX, abi.SOCK_STREAM), "socket")
    with pytest.raises(Unavailable, match="backlog"):
        root.connect(root.socket(abi.AF_UNIX, abi.SOCK_STREAM), "socket")


def test_more_that_is_not_played() -> None:
    """Options, commands, requests and descriptors that exist and are not modelled."""
    root = machine().process()
    sock, net = root.socket(abi.AF_UNIX, abi.SOCK_STREAM), root.socket(abi.AF_INET, abi.SOCK_STREAM)
    child, traced = root.fork(), root.fork()
    root.ptrace(abi.PTRACE_SEIZE, traced)
    context = root.fsopen("tmpfs")
    root.fsconfig(context, 6)
    tree = root.fsmount(context)
    for call, args in (
        (root.setsockopt, (sock, abi.SOL_SOCKET, 7, 1)), (root.getsockopt, (sock, abi.SOL_SOCKET, 7)),
        (root.setsockopt, (sock, 6, 1, 1)), (root.getsockopt, (sock, 6, 1)),
        (root.sendmsg, (net, "x")), (root.bind, (net, ("10.0.0.1", 80))), (root.fsconfig, (context, 7)),
        (root.move_mount, (tree, "/tmp", 0x104)), (root.ptrace, (abi.PTRACE_INTERRUPT, traced)),
        (root.ioctl, (root.open("/proc/self/ns/mnt"), abi.NS_MNT_GET_NEXT)),
        (traced.clone, (abi.CLONE_PTRACE,)),
    ):  # fmt: skip
        with pytest.raises((Unavailable, KernelError)):
            call(*args)
    root.kill(child, abi.SIGSTOP)
    with pytest.raises(Unavailable, match="stopped"):
        child.getpid()
    with pytest.raises(Unavailable, match="nosuch"):
        root._call("nosuch")


def test_what_only_other_programs_do() -> None:
    """Threads that execute a program, files of filesystems that are not played, and kinds of clones."""
    root = machine().process()
    thread = root.clone(abi.CLONE_THREAD | abi.CLONE_SIGHAND | abi.CLONE_VM)
    with pytest.raises(Unavailable, match="threads"):
        thread.execve()
    root.mkdir("place")
    root.mount("b", "place", "binfmt_misc")
    with pytest.raises(Unavailable, match="binfmt_misc"):
        root.read("place/status")
    root.mknod("fifo", abi.S_IFIFO | 0o600)
    with pytest.raises(Unavailable, match="FIFO"):
        root.open("fifo")
    root.mknod("device", abi.S_IFBLK | 0o600, 0x801)
    with pytest.raises(Unavailable, match="device"):
        root.open("device")
    assert refused(root.clone, abi.CLONE_PIDFD | 0x00100000) == "EINVAL"
    assert refused(root.clone, abi.CLONE_PIDFD | abi.CLONE_DETACHED) == "EINVAL"
    older = machine("6.12").process()
    older.clone(abi.CLONE_NEWNS)
    with pytest.raises(Unavailable, match="list"):
        older.ioctl(older.open("/proc/self/ns/mnt"), abi.NS_MNT_GET_NEXT)


def test_sessions_that_nobody_began() -> None:
    """Who has no session keyring uses that of the user, until it adds a key to it."""
    alice = machine().process(uid=1000, gid=1000)
    session, shared = abi.KEY_SPEC_SESSION_KEYRING, abi.KEY_SPEC_USER_SESSION_KEYRING
    assert alice.keyctl(0, session, 0) == alice.keyctl(0, shared, 0)
    alice.add_key("user", "key", "x", session)
    assert alice.keyctl(0, session, 0) != alice.keyctl(0, shared, 0)
    new = machine().process(uid=1000, gid=1000)
    new.add_key("user", "key", "x", session)
    assert new.keyctl(0, session, 0) != new.keyctl(0, shared, 0)


def test_what_is_supported() -> None:
    """The model says yes to what it plays, and tells what can be asked."""
    backend = model.ModelBackend(model.edition("4.8"))
    assert backend.supports("root")
    assert backend.supports("setgroups-file")
    assert not backend.supports("time-namespaces")
    with pytest.raises(ValueError, match="known are"):
        backend.supports("nosuch")
    assert model.conditions("4.8").release == "4.8"
    with pytest.raises(ValueError, match="the model knows"):
        model.previous("9.9")


def test_settings_of_the_machine() -> None:
    """Root of the machine sets what /proc/sys has; who is not root does not."""
    kernel = machine()
    root = kernel.process()
    root.write("/proc/sys/kernel/overflowuid", "4321")
    root.write("/proc/sys/kernel/overflowgid", "4322")
    root.write("/proc/sys/kernel/hostname", "name\n")
    root.write("/proc/sys/kernel/domainname", "domain\n")
    root.write("/proc/sys/fs/suid_dumpable", "2")
    child = kernel.process(uid=1000, gid=1000).clone(abi.CLONE_NEWUSER)
    assert (child.getuid(), child.getgid()) == (4321, 4322)
    assert (root.gethostname(), root.getdomainname()) == ("name", "domain")
    assert root.read("/proc/sys/fs/suid_dumpable") == "2\n"
    assert refused(root.write, "/proc/sys/fs/suid_dumpable", "7") == "EINVAL"
    member = kernel.process(uid=1000, gid=0)
    assert refused(member.write, "/proc/sys/kernel/overflowuid", "1") == "EACCES"


def test_protected_links() -> None:
    """With fs.protected_symlinks the links of others in a sticky directory that all can write are refused."""
    kernel = machine()
    root, alice, bob = kernel.process(), *(kernel.process(uid=1000 + n, gid=1000 + n) for n in range(2))
    root.write("/proc/sys/fs/protected_symlinks", "1")
    root.write("file", "text")
    root.mkdir("sticky")
    root.chmod("sticky", 0o1777)
    root.mkdir("free")
    root.chmod("free", 0o777)
    alice.symlink("../file", "sticky/link")
    alice.symlink("../file", "free/link")
    root.symlink("../file", "sticky/of-root")
    assert alice.read("sticky/link") == bob.read("sticky/of-root") == bob.read("free/link") == "text"
    assert refused(bob.read, "sticky/link") == "EACCES"


def test_links_that_are_not_protected() -> None:
    """R074: without fs.protected_hardlinks a file that cannot be expressed still gets no further name."""
    kernel = machine()
    root = kernel.process()
    root.write("/proc/sys/fs/protected_hardlinks", "0")
    root.mkdir("place")
    root.mount("t", "place", "tmpfs")
    root.write("place/file", "")
    root.chown("place/file", 5, 5)
    mapped = root.clone(abi.CLONE_NEWUSER, uid_map="0 1000 1", gid_map="0 1000 1")
    userns = root.open(f"/proc/{mapped.pid}/ns/user")
    tree = root.open_tree("place", abi.OPEN_TREE_CLONE)
    root.mount_setattr(tree, "", abi.AT_EMPTY_PATH, attr_set=abi.MOUNT_ATTR_IDMAP, userns_fd=userns)
    root.mkdir("other")
    root.move_mount(tree, "other")
    alice = kernel.process(uid=1000, gid=1000)
    assert refused(alice.link, "other/file", "other/new") == "EPERM"


def test_the_switch_of_debian() -> None:
    """R011: with Debian's sysctl at 0 only CAP_SYS_ADMIN creates user namespaces."""
    kernel = machine("6.18+debian-userns-clone-sysctl")
    root, alice = kernel.process(), kernel.process(uid=1000, gid=1000)
    root.write("/proc/sys/kernel/unprivileged_userns_clone", "0")
    assert refused(alice.unshare, abi.CLONE_NEWUSER) == "EPERM"
    assert refused(alice.clone, abi.CLONE_NEWUSER) == "EPERM"
    root.clone(abi.CLONE_NEWUSER)
    root.unshare(abi.CLONE_NEWUSER)


@pytest.mark.parametrize(
    ("scratch", "program"),
    [("/a/b/c", "/a/b/program"), ("/mnt/x", "/opt/new/program"), ("/mnt/x", "/usr/program")],
)
def test_machines_of_other_hosts(scratch: str, program: str) -> None:
    """Scratch directory and program can be anywhere."""
    kernel = machine(setting=Setting(scratch=scratch, program=program))
    root = kernel.process()
    assert root.getcwd() == scratch
    root.execve()
    assert root.readlink("/proc/self/exe") == program


def old(spec: str) -> tuple[Process, Process]:
    """Root and an ordinary user on an older release."""
    kernel = machine(spec)
    return kernel.process(), kernel.process(uid=1000, gid=1000)


def test_before_the_owner_of_a_filesystem_counted() -> None:
    """Before Linux 4.18 security attributes and remounts needed the initial user namespace."""
    root, _ = old("4.17")
    child = root.clone(abi.CLONE_NEWUSER | abi.CLONE_NEWNS, uid_map="0 0 10", gid_map="0 0 10")
    child.mkdir("place")
    child.mount("t", "place", "tmpfs")
    assert refused(child.setxattr, "place", "security.x", b"1") == "EPERM"
    assert refused(child.mount, "none", "place", "", abi.MS_REMOUNT) == "EPERM"
    root.setxattr(".", "security.x", b"1")


def test_before_namespaces_were_counted() -> None:
    """Before Linux 4.9 a namespace that ends gives nothing back."""
    root, _ = old("4.8")
    child = root.clone(abi.CLONE_NEWUSER)
    child.exit()
    root.wait()
    assert root.clone(abi.CLONE_NEWUSER).pid > 0
    root.setsockopt(root.socket(abi.AF_INET, abi.SOCK_STREAM), abi.SOL_SOCKET, abi.SO_PASSCRED, 1)


def test_before_new_calls() -> None:
    """A call that a release does not have is ENOSYS, or a kind that it does not know EINVAL."""
    root, _ = old("5.1")
    handle = root.open("/proc/self/ns/user")
    assert refused(root.fsopen, "tmpfs") == "ENOSYS"
    assert refused(root.pidfd_open, 1) == "ENOSYS"
    assert refused(root.pidfd_getfd, handle, 0) == "ENOSYS"
    assert refused(old("2.6.39")[0].setns, 0) == "ENOSYS"
    old_root, _ = old("3.0")
    namespace = old_root.open("/proc/self/ns/net")
    old_root.setns(namespace)
    zombie, _ = old("7.1")
    child = zombie.fork()
    child.exit()
    assert zombie.stat(f"/proc/{child.pid}/status").st_uid == 0


def test_before_file_capabilities_had_namespaces() -> None:
    """Before Linux 4.14 capabilities of a file are what they are, in every namespace."""
    root, _ = old("4.13")
    value = bytes.fromhex("0100000200040000000000000000000000000000")
    root.write("program", "x")
    root.setxattr("program", "security.capability", value)
    child = root.clone(abi.CLONE_NEWUSER, uid_map="0 1000 1", gid_map="0 1000 1")
    assert child.getxattr("program", "security.capability") == value


def test_before_idmapped_mounts_of_user_namespaces() -> None:
    """Before Linux 5.17 a filesystem of a user namespace had no idmapped mounts."""
    kernel = machine("5.16+idmapped-tmpfs")
    alice = kernel.process(uid=1000, gid=1000)
    child = alice.clone(abi.CLONE_NEWUSER | abi.CLONE_NEWNS, uid_map="0 1000 1", gid_map="0 1000 1")
    child.mkdir("place")
    child.mount("t", "place", "tmpfs")
    lower = child.clone(abi.CLONE_NEWUSER, uid_map="0 0 1", gid_map="0 0 1")
    userns, tree = child.open(f"/proc/{lower.pid}/ns/user"), child.open_tree("place", abi.OPEN_TREE_CLONE)
    with pytest.raises(KernelError, match="EINVAL"):
        child.mount_setattr(tree, "", abi.AT_EMPTY_PATH, attr_set=abi.MOUNT_ATTR_IDMAP, userns_fd=userns)


def test_where_examples_run() -> None:
    """The runner forks a process for each example, and finds nothing to be cleared."""
    ground = model.prepare("6.18")
    assert ground.common() is ground
    if not (pid := ground.fork()):
        os._exit(7)
    assert os.waitpid(pid, 0) == (pid, 0x700)
    assert ground.agents(ground.open()) == frozenset()
    ground.clear()
    ground.close()
