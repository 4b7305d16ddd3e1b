"""How the capability sets follow a change of IDs, and how a process changes them itself.

Twin: security/commoncap.c and the system calls of kernel/capability.c.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SETPCAP
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.cred import commit_creds
from nsdoc.backends.model.errnos import EINVAL, EPERM
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.securebits import EXEC_BITS, issecure, locks, supported
from nsdoc.backends.model.uidgid import Uid, make_kuid

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.sched import Task

# Capabilities that act through the filesystem user ID, capabilities(7).
CAP_FS_MASK: Final = sum(
    1 << cap
    for cap in (
        abi.CAP_CHOWN,
        abi.CAP_MKNOD,
        abi.CAP_DAC_OVERRIDE,
        abi.CAP_DAC_READ_SEARCH,
        abi.CAP_FOWNER,
        abi.CAP_FSETID,
        abi.CAP_MAC_OVERRIDE,
        abi.CAP_LINUX_IMMUTABLE,
    )
)


def fix_setuid(new: Cred, old: Cred) -> Cred:
    """The capability sets after a change of real, effective or saved user ID.

    # R091, cap_task_fix_setuid(), capabilities(7) "Effect of user ID changes on capabilities".
    """
    if issecure(old, abi.SECBIT_NO_SETUID_FIXUP):
        return new
    root = make_kuid(old.user_ns, Uid(0))
    # R091: all of them leave 0: the permitted, effective and ambient sets are cleared.
    if root in (old.uid, old.euid, old.suid) and root not in (new.uid, new.euid, new.suid):
        if not issecure(old, abi.SECBIT_KEEP_CAPS):
            new = replace(new, cap_permitted=0, cap_effective=0)
        new = replace(new, cap_ambient=0)
    # R091: the effective ID leaves 0: the effective set is cleared.
    if old.euid == root and new.euid != root:
        new = replace(new, cap_effective=0)
    # R091: the effective ID becomes 0: the permitted set is copied to the effective set.
    if old.euid != root and new.euid == root:
        new = replace(new, cap_effective=new.cap_permitted)
    return new


def fix_setfsuid(new: Cred, old: Cred) -> Cred:
    """The effective set after a change of the filesystem user ID.  R091, LSM_SETID_FS."""
    if issecure(old, abi.SECBIT_NO_SETUID_FIXUP):
        return new
    root = make_kuid(old.user_ns, Uid(0))
    if old.fsuid == root and new.fsuid != root:
        return replace(new, cap_effective=new.cap_effective & ~CAP_FS_MASK)
    if old.fsuid != root and new.fsuid == root:
        return replace(new, cap_effective=new.cap_effective | (new.cap_permitted & CAP_FS_MASK))
    return new


def sys_capget(current: Task) -> tuple[int, int, int]:
    """The effective, permitted and inheritable set.  capget(2)."""
    cred = current.cred
    return cred.cap_effective, cred.cap_permitted, cred.cap_inheritable


def sys_capset(current: Task, effective: int, permitted: int, inheritable: int) -> None:
    """Set the three sets.  capset(2).

    Raises:
        Refused: EPERM, one of the rules of R043 is broken.
    """
    old = current.cred
    full = current.kernel.cap_full_set
    effective, permitted, inheritable = effective & full, permitted & full, inheritable & full
    # R043, cap_capset(), capset(2): the new inheritable set is within the old inheritable and permitted ones,
    # unless the caller has CAP_SETPCAP.
    if inheritable & ~(old.cap_inheritable | old.cap_permitted) and not ns_capable(
        current, old.user_ns, CAP_SETPCAP
    ):
        raise Refused(EPERM)
    # R043: and always within the old inheritable set and the bounding set.
    if inheritable & ~(old.cap_inheritable | old.cap_bset):
        raise Refused(EPERM)
    # R043: nothing can be added to the permitted set.
    if permitted & ~old.cap_permitted:
        raise Refused(EPERM)
    # R043: the effective set is within the new permitted set.
    if effective & ~permitted:
        raise Refused(EPERM)
    # R043, capabilities(7): an ambient capability is always both permitted and inheritable.
    ambient = old.cap_ambient & permitted & inheritable
    commit_creds(
        current,
        replace(
            old,
            cap_effective=effective,
            cap_permitted=permitted,
            cap_inheritable=inheritable,
            cap_ambient=ambient,
        ),
    )


def capbset_read(current: Task, cap: int) -> int:
    """Whether a capability is in the bounding set.  PR_CAPBSET_READ(2const)."""
    # R044: the capability number is not valid.
    if not current.kernel.cap_valid(cap):
        raise Refused(EINVAL)
    return current.cred.cap_bset >> cap & 1


def capbset_drop(current: Task, cap: int) -> int:
    """Drop a capability from the bounding set.  PR_CAPBSET_DROP(2const)."""
    # R044, cap_prctl_drop(): the caller lacks CAP_SETPCAP in its user namespace.
    if not ns_capable(current, current.cred.user_ns, CAP_SETPCAP):
        raise Refused(EPERM)
    # R044: the capability number is not valid.
    if not current.kernel.cap_valid(cap):
        raise Refused(EINVAL)
    commit_creds(current, replace(current.cred, cap_bset=current.cred.cap_bset & ~(1 << cap)))
    return 0


def set_securebits(current: Task, bits: int) -> int:
    """Set the securebits.  PR_SET_SECUREBITS(2const).

    Raises:
        Refused: EPERM, one of the rules of R044 is broken.
    """
    old = current.cred.securebits
    # R044, cap_task_prctl(), capabilities(7): a locked bit cannot be changed.
    if (locks(old) >> 1) & (old ^ bits):
        raise Refused(EPERM)
    # R044: a lock cannot be opened again.
    if locks(old) & ~bits:
        raise Refused(EPERM)
    # R044: no such bit.
    if bits & ~supported(current.kernel):
        raise Refused(EPERM)
    # R044: the caller lacks CAP_SETPCAP in its user namespace.
    if not ns_capable(current, current.cred.user_ns, CAP_SETPCAP) and not _only_exec_bits(
        current, old ^ bits
    ):
        raise Refused(EPERM)
    commit_creds(current, replace(current.cred, securebits=bits))
    return 0


def _only_exec_bits(current: Task, changed: int) -> bool:
    """R044: without the capability, a change of the bits that only restrict is allowed, no change is not."""
    return current.kernel.has("exec-securebits") and changed != 0 and not changed & ~EXEC_BITS


def get_keepcaps(current: Task) -> int:
    """Whether permitted capabilities survive a change of user ID.  PR_GET_KEEPCAPS(2const)."""
    return int(issecure(current.cred, abi.SECBIT_KEEP_CAPS))


def set_keepcaps(current: Task, value: int) -> int:
    """Keep permitted capabilities over a change of user ID.  PR_SET_KEEPCAPS(2const)."""
    # R044: the value is neither 0 nor 1.
    if value not in (0, 1):
        raise Refused(EINVAL)
    # R044: SECBIT_KEEP_CAPS_LOCKED is set.
    if issecure(current.cred, abi.SECBIT_KEEP_CAPS_LOCKED):
        raise Refused(EPERM)
    bits = current.cred.securebits & ~abi.SECBIT_KEEP_CAPS
    commit_creds(current, replace(current.cred, securebits=bits | (abi.SECBIT_KEEP_CAPS if value else 0)))
    return 0


def ambient(current: Task, operation: int, cap: int, arg4: int, arg5: int) -> int:
    """Read or change the ambient set.  PR_CAP_AMBIENT(2const)."""
    # R044: before Linux 4.3 there is no such operation.
    if not current.kernel.has("ambient-capabilities"):
        raise Refused(EINVAL)
    if operation == abi.PR_CAP_AMBIENT_CLEAR_ALL:
        # R044: the unused arguments are not zero.
        if cap or arg4 or arg5:
            raise Refused(EINVAL)
        return _commit_ambient(current, 0)
    # R044: no such capability, or the unused arguments are not zero.
    if not current.kernel.cap_valid(cap) or arg4 or arg5:
        raise Refused(EINVAL)
    held = current.cred.cap_ambient
    if operation == abi.PR_CAP_AMBIENT_IS_SET:
        return held >> cap & 1
    if operation == abi.PR_CAP_AMBIENT_LOWER:
        return _commit_ambient(current, held & ~(1 << cap))
    # R044: no such operation.
    if operation != abi.PR_CAP_AMBIENT_RAISE:
        raise Refused(EINVAL)
    # R044, capabilities(7): a capability must be permitted and inheritable to become ambient.
    if not (current.cred.cap_permitted & current.cred.cap_inheritable) >> cap & 1:
        raise Refused(EPERM)
    # R044: SECBIT_NO_CAP_AMBIENT_RAISE forbids it.
    if issecure(current.cred, abi.SECBIT_NO_CAP_AMBIENT_RAISE):
        raise Refused(EPERM)
    return _commit_ambient(current, held | 1 << cap)


def _commit_ambient(current: Task, held: int) -> int:
    commit_creds(current, replace(current.cred, cap_ambient=held))
    return 0
