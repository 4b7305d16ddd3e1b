"""What a kernel and its host can show, each found by doing it.

These are the words of `Kernel.supports` and of the option ``:needs:`` of an example.
A trial is written as an example is, and runs on every backend.
"""

from __future__ import annotations

from collections import namedtuple

from nsdoc import abi
from nsdoc.errors import KernelError, ProcessGone, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NamedTuple

    from nsdoc.process.kernel import Kernel
    from nsdoc.process.process import Process
    from nsdoc.trace import Event

    class Feature(NamedTuple):
        """What a word of ``:needs:`` stands for.

        `text` says what there is where the trial succeeds; without a trial the backend itself knows.
        `after` is the feature without which the trial would say nothing.
        """

        text: str
        trial: Callable[[Stand], None] | None
        after: str = ""

    class Lack(NamedTuple):
        """Why a feature is not here, in words.

        `call` and `errno` tell where a call was refused, `after` which feature it would need first.
        """

        reason: str
        call: str = ""
        errno: int = 0
        after: str = ""

else:
    Feature = namedtuple("Feature", "text trial after", defaults=("",))
    Lack = namedtuple("Lack", "reason call errno after", defaults=("", 0, ""))

# The calls that take CLONE_NEWUSER as their first argument.
_MAKING = ("clone", "clone3", "unshare")
# The ID of an ordinary user, and one of another.
_USER, _OTHER = 1000, 1001
# The value of security.capability, version 2, with CAP_CHOWN permitted and effective: linux/capability.h.
_FILE_CAP = b"\1\0\0\2" + b"\1" + bytes(15)


class Wrong(Exception):
    """A trial was not refused, but what came of it is not what should have; the message says what."""


class Stand:
    """The processes of one trial, which end with it."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._processes: list[Process] = []

    def process(self, uid: int | None = None) -> Process:
        """A process of the caller, or of another user."""
        return self._kept(self.kernel.process(uid=uid, gid=uid))

    def clone(self, parent: Process, flags: int = 0, maps: str | None = None) -> Process:
        """A child of a process; `maps` is its map of user IDs and of group IDs."""
        return self._kept(parent.clone(flags, uid_map=maps, gid_map=maps))

    def inner(self, flags: int = 0, uid: int | None = None) -> Process:
        """A process with user and group ID 0 in a user namespace of its own, and with other namespaces."""
        parent = self.process(uid)
        maps = {"uid_map": f"0 {parent.getuid()} 1", "gid_map": f"0 {parent.getgid()} 1"}
        child = self._kept(parent.clone(abi.CLONE_NEWUSER, **maps))
        if flags:
            child.unshare(flags)
        return child

    def close(self) -> None:
        """End the processes, the youngest first."""
        for process in reversed(self._processes):
            try:
                process.exit()
            except (KernelError, ProcessGone, Unavailable):
                continue

    def _kept(self, process: Process) -> Process:
        self._processes.append(process)
        return process


def lack(kernel: Kernel, name: str) -> Lack | None:
    """Why a kernel and host cannot show a feature; None where they can.

    Raises:
        ValueError: no such feature is known; the message lists those that are.
    """
    if name not in FEATURES:
        raise ValueError(f"unknown feature {name!r}; known are {', '.join(sorted(FEATURES))}")
    text, trial, after = FEATURES[name]
    before = kernel.lack(after) if after else None
    if before is not None:
        first = before.after or after
        return Lack(before.reason if before.after else f"it takes {after}: {before.reason}", after=first)
    if trial is None:
        return None if kernel.grants(name) else Lack(f"it is not so that {text}")
    stand = Stand(kernel.unobserved())
    try:
        trial(stand)
    except KernelError as error:
        return Lack(f"{error.call}() was refused with {error.name}", error.call, error.errno or 0)
    except (Unavailable, ProcessGone, Wrong) as error:
        return Lack(str(error))
    finally:
        stand.close()
    return None


def excuse(kernel: Kernel, events: Iterable[Event]) -> str:
    """Why the failure of an example says nothing of its claim, in words; empty where it does say something.

    That is so on a host that keeps user namespaces from its users, for an example that wanted one.
    """
    if kernel.backend != "linux" or not any(map(_wants_user_namespace, events)):
        return ""
    reason = kernel.lacks("user-namespaces")
    return reason and f"user namespaces do not work on this host: {reason}; nsdoc probe says more"


def _wants_user_namespace(event: Event) -> bool:
    return event.call in _MAKING and bool(event.args[0] & abi.CLONE_NEWUSER)


def _expect(what: str, expected: object, observed: object) -> None:
    if expected != observed:
        raise Wrong(f"{what} is {observed}, where it should be {expected}")


def _root(stand: Stand) -> None:
    for uid in (0, _USER):
        _expect("the user ID of a new process", (uid, uid, uid), stand.process(uid).getresuid())


def _all_capabilities(stand: Stand) -> None:
    missing = stand.kernel.caps & ~stand.process(0).capget().effective
    if missing:
        raise Wrong(f"root is without {type(stand.kernel.caps)(missing)}")


def _user_namespaces(stand: Stand) -> None:
    inner = stand.inner()
    _expect("the mapped user ID", 0, inner.getuid())
    inner.chroot("/")  # one use of a capability, which a security module can refuse after all the rest


def _nesting(stand: Stand) -> None:
    _expect("the mapped user ID", 0, stand.clone(stand.inner(), abi.CLONE_NEWUSER, "0 0 1").getuid())


def _unshared(flag: int) -> Callable[[Stand], None]:
    def trial(stand: Stand) -> None:
        stand.inner(flag)

    return trial


def _mount_namespaces(stand: Stand) -> None:
    stand.inner(abi.CLONE_NEWNS).mount("none", ".", "tmpfs")


def _proc_mounts(stand: Stand) -> None:
    child = stand.clone(stand.inner(), abi.CLONE_NEWNS | abi.CLONE_NEWPID)
    child.mount("proc", "/proc", "proc")


def _sysfs_mounts(stand: Stand) -> None:
    stand.inner(abi.CLONE_NEWNS | abi.CLONE_NEWNET).mount("sysfs", "/sys", "sysfs")


def _in_new_tmpfs(process: Process) -> Process:
    process.mount("none", ".", "tmpfs")
    process.chdir(process.getcwd())
    return process


def _overlay(stand: Stand) -> None:
    mounter = _in_new_tmpfs(stand.inner(abi.CLONE_NEWNS))
    for name in ("lower", "upper", "work", "merged"):
        mounter.mkdir(name)
    mounter.mount("none", "merged", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work,userxattr")


def _idmapped_mounts(stand: Stand) -> None:
    root = stand.process(0)
    holder = stand.clone(root, abi.CLONE_NEWUSER, "0 10000 100")
    userns = root.open(f"/proc/{holder.pid}/ns/user")
    root.unshare(abi.CLONE_NEWNS)
    tree = root.open_tree(".", abi.OPEN_TREE_CLONE)
    root.mount_setattr(tree, attr_set=abi.MOUNT_ATTR_IDMAP, userns_fd=userns)


def _keyrings(stand: Stand) -> None:
    process = stand.process()
    key = process.add_key("user", "nsdoc", "payload", abi.KEY_SPEC_PROCESS_KEYRING)
    _expect("the payload of a key", b"payload", process.keyctl(abi.KEYCTL_READ, key))


def _program(process: Process, kernel: Kernel) -> None:
    process.write("program", process.read(kernel.program))
    process.chmod("program", 0o755)


def _file_capabilities(stand: Stand) -> None:
    inner = _in_new_tmpfs(stand.inner(abi.CLONE_NEWNS))
    _program(inner, stand.kernel)
    inner.setxattr("program", "security.capability", _FILE_CAP)
    # Otherwise user ID 0 has every capability whatever the file says.
    inner.prctl(abi.PR_SET_SECUREBITS, abi.SECBIT_NOROOT)
    inner.capset([], [])
    inner.execve("program")
    _expect("the effective set after execve()", 1 << abi.CAP_CHOWN, inner.capget().effective)


def _set_user_id(stand: Stand) -> None:
    root = stand.process(0)
    root.unshare(abi.CLONE_NEWNS)
    _program(_in_new_tmpfs(root), stand.kernel)
    root.chmod(".", 0o755)
    root.chown("program", _OTHER, 0)
    root.chmod("program", abi.S_ISUID | 0o755)
    user = stand.clone(root)
    user.setresuid(_USER, _USER, _USER)
    user.execve("program")
    _expect("the effective user ID after execve()", _OTHER, user.geteuid())


def _tracing(stand: Stand) -> None:
    # Of a process that is no descendant: that is what a security module forbids, ptrace(2).
    parent = stand.process()
    one, other = stand.clone(parent), stand.clone(parent)
    one.ptrace(abi.PTRACE_SEIZE, other)


_FIRST = "user-namespaces"

FEATURES = {
    "root": Feature("processes of every user can be started", _root),
    "all-capabilities": Feature("root has every capability that the kernel knows", _all_capabilities, "root"),
    "isolation": Feature("an example has mount, PID, IPC and UTS namespaces of its own", None),
    "network": Feature("an example that asks for it has a network namespace of its own", None),
    "user-namespaces": Feature("user namespaces can be created, mapped and used", _user_namespaces),
    "nesting": Feature("a user namespace can be created in another", _nesting, _FIRST),
    "mount-namespaces": Feature("a user namespace can have mounts of its own", _mount_namespaces, _FIRST),
    "pid-namespaces": Feature("it can have a PID namespace", _unshared(abi.CLONE_NEWPID), _FIRST),
    "network-namespaces": Feature("it can have a network namespace", _unshared(abi.CLONE_NEWNET), _FIRST),
    "uts-namespaces": Feature("it can have a UTS namespace", _unshared(abi.CLONE_NEWUTS), _FIRST),
    "ipc-namespaces": Feature("it can have an IPC namespace", _unshared(abi.CLONE_NEWIPC), _FIRST),
    "cgroup-namespaces": Feature("it can have a cgroup namespace", _unshared(abi.CLONE_NEWCGROUP), _FIRST),
    "time-namespaces": Feature("it can have a time namespace", _unshared(abi.CLONE_NEWTIME), _FIRST),
    "proc-mounts": Feature("/proc can be mounted in a user namespace", _proc_mounts, "pid-namespaces"),
    "sysfs-mounts": Feature("/sys can be mounted in a user namespace", _sysfs_mounts, "network-namespaces"),
    "overlay": Feature("an overlay can be mounted in a user namespace", _overlay, "mount-namespaces"),
    "idmapped-mounts": Feature("root can give a mount an ID map", _idmapped_mounts, "root"),
    "keyrings": Feature("the kernel keeps keys", _keyrings),
    "file-capabilities": Feature(
        "files can have capabilities, and execve() gives them", _file_capabilities, "mount-namespaces"
    ),
    "set-user-id": Feature("execve() honours the set-user-ID bit", _set_user_id, "root"),
    "tracing": Feature("a process can trace others of its user that are no descendants", _tracing),
}
"""The features by name."""
