"""What a walk is made of: for each kind of step, how one is chosen.

A choice sees the machine of the model as it is at that point, so that most steps lead somewhere.
Nothing is chosen that would change the host, or wait.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from nsdoc import abi
from nsdoc.walk.choices import CAPS, IDENTITIES, IDS, KINDS, MAPS, NAMES, NS_NAMES, OWN, PLACES, WORDS
from nsdoc.walk.step import FD, IMAGE, PID, PROC, SPAWN, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.walk.wander import Wanderer


def _spawn(w: Wanderer) -> Step:
    return Step(-1, SPAWN, w.pick(IDENTITIES))


def _kinds(w: Wanderer) -> int:
    flags = abi.CLONE_NEWUSER if w.chance(0.7) else 0
    while w.chance(0.4):
        flags |= w.pick(KINDS)
    return flags


def _clone(w: Wanderer) -> Step:
    extra = w.pick((0, 0, 0, 0, 0, abi.CLONE_FS, abi.CLONE_PARENT))
    return Step(w.someone(), "clone", (_kinds(w) | extra,))


def _fork(w: Wanderer) -> Step:
    return Step(w.someone(), "fork", ())


def _unshare(w: Wanderer) -> Step:
    odds = (abi.CLONE_FS, abi.CLONE_FILES, 0x1, 0x100000, abi.CLONE_THREAD, abi.CLONE_NEWTIME)
    odd = w.pick((0, 0, 0, 0, 0, 0, 0, *odds))
    return Step(w.someone(), "unshare", (_kinds(w) | odd,))


def _map(w: Wanderer) -> Step:
    name = w.pick(("uid_map", "uid_map", "gid_map", "gid_map", "projid_map"))
    return Step(w.someone(), "write", ((PROC, w.someone(), name), w.pick(MAPS).encode()))


def _good_map(w: Wanderer) -> Step:
    """A map that is likely to be taken, written by a parent or by the process itself."""
    inside = w.someone_mapless()
    task = w.task(inside)
    parent = task.cred.user_ns.parent
    name = w.pick(("uid_map", "gid_map"))
    own = task.cred.euid if name == "uid_map" else task.cred.egid
    if parent is not None and parent.uid_map.extents and w.chance(0.5):
        text = f"{w.pick((0, 0, 1000))} {own} 1"
    else:
        text = w.pick(("0 0 10", "0 100000 1000", "0 1000 1", "0 0 1000"))
    return Step(w.someone(), "write", ((PROC, inside, name), text.encode()))


def _setgroups_file(w: Wanderer) -> Step:
    target = w.someone_mapless() if w.chance(0.7) else w.someone()
    return Step(w.someone(), "write", ((PROC, target, "setgroups"), w.pick(WORDS).encode()))


def _read_proc(w: Wanderer) -> Step:
    name = w.pick(("uid_map", "gid_map", "projid_map", "setgroups", "status", "status"))
    return Step(w.someone(), "read", ((PROC, w.someone(), name),))


def _set_one(w: Wanderer) -> Step:
    call = w.pick(("setuid", "setgid", "setfsuid", "setfsgid"))
    return Step(w.someone(), call, (w.pick(IDS),))


def _set_two(w: Wanderer) -> Step:
    return Step(w.someone(), w.pick(("setreuid", "setregid")), (w.pick(IDS), w.pick(IDS)))


def _set_three(w: Wanderer) -> Step:
    return Step(w.someone(), w.pick(("setresuid", "setresgid")), tuple(w.pick(IDS) for _ in range(3)))


def _setgroups(w: Wanderer) -> Step:
    return Step(w.someone(), "setgroups", (tuple(w.pick(IDS[:-1]) for _ in range(w.number(3))),))


def _get(w: Wanderer) -> Step:
    call = w.pick(
        ("getresuid", "getresgid", "getgroups", "capget", "getpid", "getppid", "gethostname", "getuid")
    )
    return Step(w.someone(), call, ())


def _some_caps(w: Wanderer) -> int:
    return sum(1 << cap for cap in {w.pick(CAPS) for _ in range(w.number(4))})


def _capset(w: Wanderer) -> Step:
    who = w.someone()
    cred = w.task(who).cred
    lost, kept = _some_caps(w), cred.cap_permitted
    inheritable = w.pick((0, 0, cred.cap_inheritable, kept, _some_caps(w)))
    permitted = kept & ~lost if w.chance(0.9) else lost
    return Step(
        who, "capset", (permitted if w.chance(0.7) else permitted & ~_some_caps(w), permitted, inheritable)
    )


def _prctl(w: Wanderer) -> Step:
    cap = w.pick((*CAPS, 41, 63))
    choices = (
        (abi.PR_CAPBSET_DROP, cap, 0),
        (abi.PR_CAPBSET_READ, cap, 0),
        (abi.PR_CAP_AMBIENT, w.pick((1, 2, 2, 2, 3, 5)), cap),
        (abi.PR_CAP_AMBIENT, abi.PR_CAP_AMBIENT_CLEAR_ALL, 0),
        (abi.PR_SET_SECUREBITS, w.pick((0, 0x1, 0x2, 0x10, 0x30, 0x4, 0x40, 0x100, 0x300, 0x500, 0x1000)), 0),
        (abi.PR_GET_SECUREBITS, 0, 0),
        (abi.PR_SET_KEEPCAPS, w.pick((0, 1, 1, 2)), 0),
        (abi.PR_SET_DUMPABLE, w.pick((0, 1, 1, 1, 2)), 0),
        (abi.PR_GET_DUMPABLE, 0, 0),
        (abi.PR_SET_NO_NEW_PRIVS, w.pick((1, 1, 0)), 0),
        (abi.PR_SET_CHILD_SUBREAPER, w.pick((0, 1)), 0),
    )
    option, arg2, arg3 = w.pick(choices)
    return Step(w.someone(), "prctl", (option, arg2, arg3, 0, 0))


def _kill(w: Wanderer) -> Step:
    target, signal = w.someone(), w.pick((0, 0, 0, abi.SIGCONT, 65))
    # A traced process would stop, and answer no more calls.
    if signal == abi.SIGCONT and w.task(target).ptracer is not None:
        raise LookupError
    return Step(w.someone(), "kill", ((PID, target), signal))


def _open_ns(w: Wanderer) -> Step:
    return Step(w.someone(), "open", ((PROC, w.someone(), f"ns/{w.pick(NS_NAMES)}"), abi.O_RDONLY, 0))


def _read_ns(w: Wanderer) -> Step:
    return Step(w.someone(), "readlink", ((PROC, w.someone(), f"ns/{w.pick(NS_NAMES)}"),))


def _pidfd(w: Wanderer) -> Step:
    return Step(w.someone(), "pidfd_open", ((PID, w.someone()), 0))


def _setns(w: Wanderer) -> Step:
    opened = w.descriptor(("open", "pidfd_open"))
    if opened is None:
        return _open_ns(w)
    flags = 0
    if w.chance(0.5):
        flags = w.pick((*KINDS, abi.CLONE_NEWTIME, 0x1))
        while w.chance(0.3):
            flags |= w.pick(KINDS)
    step, who = opened
    return Step(who, "setns", ((FD, step), flags))


def _ioctl(w: Wanderer) -> Step:
    opened = w.descriptor(("open", "ioctl"))
    if opened is None:
        return _open_ns(w)
    step, who = opened
    request = w.pick(
        (abi.NS_GET_USERNS, abi.NS_GET_USERNS, abi.NS_GET_PARENT, abi.NS_GET_NSTYPE, abi.NS_GET_OWNER_UID,
         abi.NS_GET_ID, 0xB7FF)
    )  # fmt: skip
    return Step(who, "ioctl", ((FD, step), request, 0))


def _name(w: Wanderer) -> Any:
    return w.pick(NAMES) if w.chance(0.85) else (PROC, w.someone(), w.pick(("uid_map", "ns", "status", ".")))


def _look(w: Wanderer) -> Step:
    call = w.pick(("stat", "lstat", "access", "readlink", "listdir"))
    name = w.pick(NAMES) if call in ("listdir", "readlink") else _name(w)
    args = (name, w.pick((0, 1, 2, 4, 6))) if call == "access" else (name,)
    return Step(w.someone(), call, args)


def _make(w: Wanderer) -> Step:
    name, mode = w.pick(NAMES), w.pick((0o777, 0o755, 0o700, 0o1777, 0o2775, 0o4755, 0o640))
    choices: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("mkdir", (name, mode)),
        ("mkdir", (name, mode)),
        (
            "mknod",
            (name, w.pick((abi.S_IFREG, abi.S_IFCHR, abi.S_IFBLK, abi.S_IFIFO)) | mode, w.pick((0, 0x103))),
        ),
        ("open", (name, abi.O_CREAT | abi.O_WRONLY | w.pick((0, abi.O_EXCL)), mode)),
        ("write", (name, b"text")),
        ("symlink", (w.pick(NAMES), name)),
        ("link", (w.pick(NAMES), name)),
        ("rename", (w.pick(NAMES), name)),
        ("unlink", (name,)),
        ("rmdir", (name,)),
    )
    call, args = w.pick(choices)
    return Step(w.someone(), call, args)


def _chown(w: Wanderer) -> Step:
    call = w.pick(("chown", "chown", "lchown"))
    return Step(w.someone(), call, (_name(w), w.pick((*IDS, -1)), w.pick((*IDS, -1))))


def _chmod(w: Wanderer) -> Step:
    mode = w.pick((0o777, 0o755, 0o600, 0o4755, 0o2755, 0o6777, 0o000, 0o1777))
    return Step(w.someone(), "chmod", (_name(w), mode))


def _read_file(w: Wanderer) -> Step:
    return Step(w.someone(), "read", (w.pick(NAMES),))


def _xattr(w: Wanderer) -> Step:
    name = w.pick(("security.capability", "security.capability", "user.x", "trusted.x", "security.x", "odd"))
    call = w.pick(("setxattr", "setxattr", "getxattr", "getxattr", "removexattr"))
    if call != "setxattr":
        return Step(w.someone(), call, (w.pick(NAMES), name))
    return Step(w.someone(), call, (w.pick(NAMES), name, _caps_value(w) if "capability" in name else b"1", 0))


def _caps_value(w: Wanderer) -> bytes:
    magic = w.pick((0x02000001, 0x02000000, 0x03000001, 0x01000000))
    words = (magic, 1 << w.pick((7, 12, 21)), 0, 0, 0)
    value = struct.pack("<5I", *words)
    return value + struct.pack("<I", w.pick((0, 0, 1000, 5))) if magic >> 24 == 3 else value


def _hostname(w: Wanderer) -> Step:
    return Step(w.someone(), "sethostname", (w.pick(("one", "two", "", "x" * 65)),))


def _umask(w: Wanderer) -> Step:
    return Step(w.someone(), "umask", (w.pick((0, 0o22, 0o77)),))


def _move(w: Wanderer) -> Step:
    return Step(w.someone(), w.pick(("chdir", "chroot", "chdir")), (w.pick(("d", "d/..", ".", "tree")),))


def _cwd(w: Wanderer) -> Step:
    return Step(w.someone(), "getcwd", ())


def _mount(w: Wanderer) -> Step:
    who, target = w.someone(), w.pick(PLACES)
    share = w.pick((abi.MS_SHARED, abi.MS_PRIVATE, abi.MS_SLAVE, abi.MS_UNBINDABLE)) | w.pick((0, abi.MS_REC))
    remount = (
        abi.MS_REMOUNT | w.pick((0, abi.MS_BIND)) | w.pick((0, abi.MS_RDONLY, abi.MS_NOSUID, abi.MS_NOATIME))
    )
    # What lies under /proc is the host's.
    moved = w.pick(OWN)
    choices = (
        ("t", target, "tmpfs", w.pick((0, 0, abi.MS_RDONLY, abi.MS_NOSUID)), ""),
        ("t", target, "tmpfs", 0, w.pick(("mode=755", "uid=0", "uid=1000,gid=1000", "bad"))),
        ("r", target, w.pick(("ramfs", "devpts", "proc", "sysfs", "mqueue", "ext4", "nosuch", "bpf")), 0, ""),
        (w.pick(PLACES), target, "", abi.MS_BIND | w.pick((0, abi.MS_REC)), ""),
        (w.pick(PLACES), target, "", abi.MS_BIND | w.pick((0, abi.MS_REC)), ""),
        ("none", target, "", share, ""),
        ("none", _spare_root(w, who, w.pick(OWN)), "", remount, ""),
        (moved, target, "", abi.MS_MOVE, ""),
    )
    return Step(who, "mount", w.pick(choices))


def _spare_root(w: Wanderer, who: int, place: str) -> str:
    """A place that is not the root of the host's filesystem: a remount of that would reach the host."""
    fs = w.task(who).fs
    if place == "." and fs.pwd.mnt is fs.root.mnt:
        raise LookupError
    return place


def _umount(w: Wanderer) -> Step:
    who = w.someone()
    if w.chance(0.15):
        # Whoever shares a mount namespace gets the new root; the host starts processes in the first one.
        if w.task(who).nsproxy.mnt_ns is w.task(who).kernel.host.nsproxy.mnt_ns:
            raise LookupError
        return Step(who, "pivot_root", (w.pick(OWN), w.pick(OWN)))
    return Step(who, "umount", (_spare_root(w, who, w.pick(OWN)), w.pick((0, 0, abi.MNT_DETACH, 0x100))))


def _trace(w: Wanderer) -> Step:
    target = (PID, w.someone())
    if w.chance(0.5):
        return Step(w.someone(), "ptrace", (abi.PTRACE_SEIZE, target, 0, 0))
    return Step(w.someone(), "process_vm_readv", (target, 0, 8))


def _keys(w: Wanderer) -> Step:
    # The session and user keyrings outlive the walk.
    ring = w.pick((abi.KEY_SPEC_THREAD_KEYRING, abi.KEY_SPEC_PROCESS_KEYRING))
    choices = (
        ("add_key", ("user", w.pick(("k", "l")), b"secret", ring)),
        ("add_key", ("keyring", "ring", b"", ring)),
        ("keyctl", (abi.KEYCTL_GET_KEYRING_ID, ring, w.pick((0, 1)))),
        ("keyctl", (abi.KEYCTL_CLEAR, ring)),
    )
    call, args = w.pick(choices)
    return Step(w.someone(), call, args)


def _user_limit(w: Wanderer) -> Step:
    who = w.someone_inside()
    kind = w.pick(("user", "user", "mnt", "uts", "pid"))
    return Step(who, "write", (f"/proc/sys/user/max_{kind}_namespaces", w.pick((b"0", b"100", b"-1", b"x"))))


def _install(w: Wanderer) -> Step:
    """A copy of the program, with bits or capabilities that count when it is executed."""
    choices: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("write", ("prog", (IMAGE,))),
        ("write", ("prog", (IMAGE,))),
        ("chmod", ("prog", w.pick((0o755, 0o4755, 0o2755, 0o6755, 0o711, 0o4711, 0o2745)))),
        ("chmod", ("prog", w.pick((0o755, 0o4755, 0o2755, 0o6755, 0o711, 0o4711, 0o2745)))),
        ("chown", ("prog", w.pick(IDS), w.pick(IDS))),
        ("setxattr", ("prog", "security.capability", _caps_value(w), 0)),
        ("setxattr", ("prog", "security.capability", _caps_value(w), 0)),
    )
    call, args = w.pick(choices)
    return Step(w.someone(), call, args)


def _exec(w: Wanderer) -> Step:
    return Step(w.someone(), "execve", (w.pick((w.program, "prog", "prog", "tree/prog")), None, ()))


def _idmap(w: Wanderer) -> Step:
    """Detached mounts, some of them idmapped."""
    tree, user = w.descriptor(("open_tree",)), w.descriptor(("open",))
    if tree is None or w.chance(0.2):
        flags = w.pick((abi.OPEN_TREE_CLONE, abi.OPEN_TREE_CLONE, abi.OPEN_TREE_CLONE | abi.AT_RECURSIVE, 0))
        return Step(w.someone(), "open_tree", (w.pick(PLACES), flags))
    step, who = tree
    if w.chance(0.4):
        return Step(who, "move_mount", ((FD, step), w.pick(("tree", "d")), abi.MOVE_MOUNT_F_EMPTY_PATH))
    attrs = w.pick((abi.MOUNT_ATTR_RDONLY, abi.MOUNT_ATTR_NOSUID, 0))
    if user is not None and user[1] == who and w.chance(0.7):
        args = ((FD, step), "", abi.AT_EMPTY_PATH, abi.MOUNT_ATTR_IDMAP | attrs, 0, 0, (FD, user[0]))
        return Step(who, "mount_setattr", args)
    clear = w.pick((0, abi.MOUNT_ATTR_NOSUID))
    return Step(who, "mount_setattr", ((FD, step), "", abi.AT_EMPTY_PATH, attrs, clear, 0, 0))


def _socket(w: Wanderer) -> Step:
    who = w.someone()
    choices: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("socket", (abi.AF_INET, abi.SOCK_RAW, 1)),
        ("socket", (abi.AF_PACKET, abi.SOCK_RAW, 0)),
        ("socket", (abi.AF_UNIX, abi.SOCK_STREAM, 0)),
        ("socket", (abi.AF_INET, abi.SOCK_STREAM, 0)),
        ("msgget", (w.pick((0, 7)), w.pick((0, abi.IPC_CREAT | 0o600, abi.IPC_CREAT | 0o644, 0o200)))),
        ("msgctl", (w.pick((0, 1)), w.pick((abi.IPC_STAT, abi.IPC_STAT, abi.IPC_RMID)))),
        ("setpriority", (abi.PRIO_PROCESS, (PID, w.someone()), w.pick((0, 5, 1)))),
        ("prlimit", ((PID, w.someone()), abi.RLIMIT_NOFILE, (w.pick((100, 200)), w.pick((150, 300))))),
    )
    call, args = w.pick(choices)
    return Step(who, call, args)


def _exit(w: Wanderer) -> Step:
    return Step(w.someone_spare(), "exit", (w.pick((0, 3)),))


# How often each kind of step is taken, and how it is chosen.
STEPS: Final[tuple[tuple[int, Callable[[Wanderer], Step]], ...]] = (
    (3, _spawn), (8, _clone), (3, _fork), (10, _unshare), (8, _map), (14, _good_map), (8, _setgroups_file),
    (8, _read_proc), (8, _set_one), (4, _set_two), (8, _set_three), (5, _setgroups), (6, _get), (6, _capset),
    (10, _prctl), (7, _kill), (7, _open_ns), (5, _read_ns), (4, _pidfd), (9, _setns), (6, _ioctl), (8, _look),
    (12, _make), (7, _chown), (5, _chmod), (4, _read_file), (5, _xattr), (3, _hostname), (1, _umask),
    (3, _move), (1, _cwd), (9, _mount), (4, _umount), (4, _trace), (3, _keys), (2, _user_limit),
    (6, _install), (6, _idmap), (3, _socket), (3, _exec), (2, _exit),
)  # fmt: skip
