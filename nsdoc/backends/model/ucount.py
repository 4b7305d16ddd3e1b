"""Counts and limits per user namespace and user.

Each count is charged to a chain: to the user in the user namespace where the object is made,
then to the creator of that namespace in its parent, and so on to the initial one.
A limit of any namespace on the chain can refuse.

Twin: kernel/ucount.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.backends.model.errnos import ENOSPC
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kuid
    from nsdoc.backends.model.user_namespace import UserNamespace

INT_MAX: Final = 0x7FFFFFFF
LONG_MAX: Final = 0x7FFFFFFFFFFFFFFF

# How many namespaces of a kind a user may have at first; half the number of threads that the machine may run.
INITIAL_LIMIT: Final = 31000

# The kinds of namespace that are counted, by the name in /proc/sys/user/max_NAME_namespaces.
KINDS: Final = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


class Ucounts:
    """What one user has in one user namespace: namespaces by kind, and processes."""

    __slots__ = ("counts", "nproc", "ns", "uid")

    def __init__(self, ns: UserNamespace, uid: Kuid) -> None:
        self.ns = ns
        self.uid = uid
        self.counts = dict.fromkeys(KINDS, 0)
        self.nproc = 0


def find_ucounts(ns: UserNamespace, uid: Kuid) -> Ucounts:
    """The counts of a user in a user namespace, made at the first use.  Twin: alloc_ucounts()."""
    found = ns.ucounts_by_uid.get(uid)
    if found is None:
        found = ns.ucounts_by_uid[uid] = Ucounts(ns, uid)
    return found


def chain(ucounts: Ucounts | None) -> Iterator[Ucounts]:
    """The counts that are charged together, from the inner user namespace to the initial one."""
    while ucounts is not None:
        yield ucounts
        ucounts = ucounts.ns.ucounts


def inc_ucount(kernel: Kernel, ns: UserNamespace, uid: Kuid, kind: str) -> Ucounts:
    """Charge one namespace to `uid` in `ns` and to the creators of all user namespaces above.

    Raises:
        Refused: ENOSPC, a limit on the chain is reached.
    """
    ucounts = find_ucounts(ns, uid)
    if not kernel.has("namespace-limits"):
        return ucounts
    # R115, inc_ucount(), namespaces(7) /proc/sys/user: the limit is per user and user namespace,
    # and the one of each ancestor counts for the user who created the way there.
    if _full(ucounts, kind):
        # R118: a namespace that nothing refers to any more gives its count back, a little later.
        kernel.release_unused_namespaces()
    if _full(ucounts, kind):
        raise Refused(ENOSPC)
    for charged in chain(ucounts):
        charged.counts[kind] += 1
    return ucounts


def _full(ucounts: Ucounts, kind: str) -> bool:
    return any(level.counts[kind] >= level.ns.ucount_max[kind] for level in chain(ucounts))


def dec_ucount(kernel: Kernel, ucounts: Ucounts, kind: str) -> None:
    """Give one namespace back along the chain.  R118, dec_ucount()."""
    if kernel.has("namespace-limits"):
        for charged in chain(ucounts):
            charged.counts[kind] -= 1


def charge_nproc(ucounts: Ucounts) -> None:
    """Count a process along the chain.  R117, inc_rlimit_ucounts()."""
    for charged in _counting(ucounts):
        charged.nproc += 1


def uncharge_nproc(ucounts: Ucounts) -> None:
    """Count a process no longer.  R117, dec_rlimit_ucounts()."""
    for charged in _counting(ucounts):
        charged.nproc -= 1


def _counting(ucounts: Ucounts) -> Iterator[Ucounts]:
    """The counts in which a process is counted; before Linux 3.5 a user_struct for each user namespace."""
    return chain(ucounts) if ucounts.ns.kernel.has("id-maps") else iter([ucounts])


def nproc_overlimit(task: Task, ucounts: Ucounts, rlimit: int) -> bool:
    """Whether a user has more processes than a limit allows, here or in a user namespace above.

    # R117, is_rlimit_overlimit(), getrlimit(2): at the first level the soft limit of the process counts,
    # at each level above the one its creator had when the user namespace was made.
    """
    if not task.kernel.has("id-maps"):
        return ucounts.nproc > rlimit
    if not task.kernel.has("rlimits-per-user-namespace"):
        return sum(level.nproc for level in _same_user(task.kernel, ucounts)) > rlimit
    limit = min(rlimit, LONG_MAX)
    for level in chain(ucounts):
        if level.nproc > limit:
            return True
        limit = min(level.ns.rlimit_nproc, LONG_MAX)
    return False


def _same_user(kernel: Kernel, ucounts: Ucounts) -> Iterator[Ucounts]:
    """The counts of one user in the initial user namespace, where every process of theirs is counted."""
    yield find_ucounts(kernel.init_user_ns, ucounts.uid)
