"""The numbers of system calls: those of x86-64, and the generic table of arm64.

From 424 on, new system calls have one number everywhere.
"""

from __future__ import annotations

import os

GENERIC = {
    "accept4": 242, "add_key": 217, "bind": 200, "capget": 90, "capset": 91, "chdir": 49, "chroot": 51,
    "clone": 220, "close": 57, "connect": 203, "dup": 23, "execve": 221, "exit_group": 94,
    "faccessat": 48, "fchdir": 50, "fchmod": 52, "fchmodat": 53, "fchown": 55, "fchownat": 54, "fcntl": 25,
    "ftruncate": 46, "getcwd": 17, "getdents64": 61, "getegid": 177, "geteuid": 175, "getgid": 176,
    "getgroups": 158, "getpid": 172, "getppid": 173, "getpriority": 141, "getresgid": 150,
    "getresuid": 148, "getsid": 156, "getsockopt": 209, "getuid": 174, "getxattr": 8, "init_module": 105,
    "ioctl": 29, "keyctl": 219, "kill": 129, "linkat": 37, "listen": 201, "listxattr": 11, "lseek": 62,
    "mkdirat": 34, "mknodat": 33, "mount": 40, "msgctl": 187, "msgget": 186, "openat": 56, "pipe2": 59,
    "pivot_root": 41, "ppoll": 73, "prctl": 167, "pread64": 67, "prlimit64": 261, "process_vm_readv": 270,
    "ptrace": 117, "pwrite64": 68, "read": 63, "readlinkat": 78, "recvmsg": 212, "removexattr": 14,
    "renameat2": 276, "request_key": 218, "rt_sigprocmask": 135, "rt_sigtimedwait": 137, "seccomp": 277,
    "sendmsg": 211,
    "setdomainname": 162, "setfsgid": 152,
    "setfsuid": 151, "setgid": 144, "setgroups": 159, "sethostname": 161, "setns": 268,
    "setpriority": 140, "setregid": 143, "setresgid": 149, "setresuid": 147, "setreuid": 145,
    "setsid": 157, "setsockopt": 208, "settimeofday": 170, "setuid": 146, "setxattr": 5, "socket": 198,
    "socketpair": 199, "statx": 291, "symlinkat": 36, "umask": 166, "umount2": 39, "uname": 160,
    "unlinkat": 35, "unshare": 97, "utimensat": 88, "wait4": 260, "waitid": 95, "write": 64,
}  # fmt: skip
X86_64 = {
    "accept4": 288, "add_key": 248, "bind": 49, "capget": 125, "capset": 126, "chdir": 80, "chroot": 161,
    "clone": 56, "close": 3, "connect": 42, "dup": 32, "execve": 59, "exit_group": 231,
    "faccessat": 269, "fchdir": 81, "fchmod": 91, "fchmodat": 268, "fchown": 93, "fchownat": 260,
    "fcntl": 72, "ftruncate": 77, "getcwd": 79, "getdents64": 217, "getegid": 108, "geteuid": 107,
    "getgid": 104, "getgroups": 115, "getpid": 39, "getppid": 110, "getpriority": 140, "getresgid": 120,
    "getresuid": 118, "getsid": 124, "getsockopt": 55, "getuid": 102, "getxattr": 191,
    "init_module": 175, "ioctl": 16, "keyctl": 250, "kill": 62, "linkat": 265, "listen": 50,
    "listxattr": 194, "lseek": 8, "mkdirat": 258, "mknodat": 259, "mount": 165, "msgctl": 71,
    "msgget": 68, "openat": 257, "pipe2": 293, "pivot_root": 155, "ppoll": 271, "prctl": 157, "pread64": 17,
    "prlimit64": 302, "process_vm_readv": 310, "ptrace": 101, "pwrite64": 18, "read": 0,
    "readlinkat": 267, "recvmsg": 47, "removexattr": 197, "renameat2": 316, "request_key": 249,
    "rt_sigprocmask": 14, "rt_sigtimedwait": 128, "seccomp": 317,
    "sendmsg": 46, "setdomainname": 171, "setfsgid": 123, "setfsuid": 122, "setgid": 106,
    "setgroups": 116, "sethostname": 170, "setns": 308, "setpriority": 141, "setregid": 114,
    "setresgid": 119, "setresuid": 117, "setreuid": 113, "setsid": 112, "setsockopt": 54,
    "settimeofday": 164, "setuid": 105, "setxattr": 188, "socket": 41, "socketpair": 53, "statx": 332,
    "symlinkat": 266, "umask": 95, "umount2": 166, "uname": 63, "unlinkat": 263, "unshare": 272,
    "utimensat": 280, "wait4": 61, "waitid": 247, "write": 1,
}  # fmt: skip
EVERYWHERE = {
    "pidfd_send_signal": 424, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431,
    "fsmount": 432, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442,
}  # fmt: skip

NUMBERS = (X86_64 if os.uname().machine == "x86_64" else GENERIC) | EVERYWHERE
"""The numbers on this machine, by name."""
