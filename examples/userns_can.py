#!/usr/bin/python3
"""Say whether a process has a capability over a namespace, and why."""

import argparse
import fcntl
import os
import struct
import sys

NS_GET_USERNS, NS_GET_PARENT, NS_GET_NSTYPE, NS_GET_OWNER_UID = 0xB701, 0xB702, 0xB703, 0xB704
CLONE_NEWUSER = 0x10000000
CAPABILITIES = """
chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable
net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot
sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease
audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read
perfmon bpf checkpoint_restore
""".split()
NOTES = """\
For a namespace that is not a user namespace, what counts is the user namespace that owns it.

The exit status is 0 if it has the capability, 1 if it has not, 2 if that cannot be told.
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="userns_can", description=__doc__, epilog=NOTES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("pid", metavar="PID", type=int, help="the process")
    parser.add_argument("capability", metavar="CAPABILITY", type=number, help="such as CAP_SYS_ADMIN")
    parser.add_argument("namespace", metavar="FILE", help="the namespace, such as /proc/1/ns/uts")
    options = parser.parse_args()
    try:
        has, why = judge(options.pid, options.capability, options.namespace)
    except OSError as error:
        print(f"userns_can: {error.filename or options.namespace}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{'yes' if has else 'no'}: {why}")
    return 0 if has else 1


def judge(pid: int, capability: int, path: str) -> tuple[bool, str]:
    """The kernel's own rule, cap_capable(): climb from the namespace towards the root of the tree."""
    name = f"CAP_{CAPABILITIES[capability].upper()}"
    own = open_namespace(f"/proc/{pid}/ns/user")
    euid, effective = credentials(pid)
    target = open_namespace(path)
    if fcntl.ioctl(target, NS_GET_NSTYPE) != CLONE_NEWUSER:
        target = fcntl.ioctl(target, NS_GET_USERNS)
    start = label(target)
    while True:
        if label(target) == label(own):
            has = bool(effective >> capability & 1)
            where = "in" if label(target) == start else f"in an ancestor of {start},"
            return has, f"process {pid} is {where} {label(target)} and {'has' if has else 'lacks'} {name}"
        try:
            parent = fcntl.ioctl(target, NS_GET_PARENT)
        except PermissionError:
            return False, f"process {pid} is in {label(own)}, which is not {start} nor an ancestor of it"
        owner = struct.unpack("I", fcntl.ioctl(target, NS_GET_OWNER_UID, bytes(4)))[0]
        if label(parent) == label(own) and owner == euid:
            return True, f"process {pid} is in the parent of {label(target)}, which its user ID {euid} owns"
        target = parent


def credentials(pid: int) -> tuple[int, int]:
    """The effective user ID of a process, as our user namespace has it, and its effective capabilities."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["Uid"].split()[1]), int(fields["CapEff"], 16)


def open_namespace(path: str) -> int:
    return os.open(path, os.O_RDONLY)


def label(namespace: int) -> str:
    return f"user:[{os.fstat(namespace).st_ino}]"


def number(name: str) -> int:
    """The number of a capability given by its name.

    Raises:
        argparse.ArgumentTypeError: there is none of that name.
    """
    plain = name.lower().removeprefix("cap_")
    if plain not in CAPABILITIES:
        raise argparse.ArgumentTypeError(f"there is no capability {name}")
    return CAPABILITIES.index(plain)


if __name__ == "__main__":
    sys.exit(main())
