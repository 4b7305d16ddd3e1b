"""The rules of setuid(2) and its kin, the same for user and group IDs.

Twin: kernel/sys.c, where they are written twice.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from nsdoc.backends.model.errnos import EINVAL, EPERM
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import INVALID

T = TypeVar("T", bound=int)


class Ids(NamedTuple, Generic[T]):
    """The four IDs of one kind that credentials hold."""

    real: T
    effective: T
    saved: T
    fs: T


class Wanted(NamedTuple, Generic[T]):
    """An ID that was passed: whether it was given at all (it was not -1), and what it is for the kernel."""

    given: bool
    kid: T


def checked(number: int, kid: T) -> Wanted[T]:
    """What a caller passed where -1 means "leave it".

    Raises:
        Refused: EINVAL, the ID has no mapping in the caller's user namespace.
    """
    # R090, setresuid(2) EINVAL: one or more of the IDs is not valid in this user namespace.
    if number != INVALID and kid == INVALID:
        raise Refused(EINVAL)
    return Wanted(number != INVALID, kid)


def set_id(old: Ids[T], kid: T, privileged: bool) -> Ids[T]:
    """setuid(2), setgid(2)."""
    # R090, __sys_setuid(), setuid(2) EINVAL: the ID is not valid in this user namespace.
    if kid == INVALID:
        raise Refused(EINVAL)
    # R090, setuid(2): with the capability, the real and saved ID are set as well.
    if privileged:
        return Ids(kid, kid, kid, kid)
    # R090, setuid(2) EPERM: without it, only the real or the saved ID can become the effective one.
    if kid not in (old.real, old.saved):
        raise Refused(EPERM)
    return old._replace(effective=kid, fs=kid)


def set_re_id(old: Ids[T], real: Wanted[T], effective: Wanted[T], privileged: bool) -> Ids[T]:
    """setreuid(2), setregid(2)."""
    # R090, __sys_setreuid(), setreuid(2) EPERM: the real ID may become the old real or effective one.
    if real.given and real.kid not in (old.real, old.effective) and not privileged:
        raise Refused(EPERM)
    # R090, setreuid(2) EPERM: the effective ID may become the old real, effective or saved one.
    if effective.given and effective.kid not in (old.real, old.effective, old.saved) and not privileged:
        raise Refused(EPERM)
    new_real = real.kid if real.given else old.real
    new_effective = effective.kid if effective.given else old.effective
    # R090, setreuid(2): the saved ID follows if the real ID was given, or the effective one is not the old
    # real ID.
    follows = real.given or (effective.given and effective.kid != old.real)
    return Ids(new_real, new_effective, new_effective if follows else old.saved, new_effective)


def set_res_id(
    old: Ids[T],
    real: Wanted[T],
    effective: Wanted[T],
    saved: Wanted[T],
    privileged: bool,
) -> Ids[T]:
    """setresuid(2), setresgid(2)."""
    new = Ids(
        real.kid if real.given else old.real,
        effective.kid if effective.given else old.effective,
        saved.kid if saved.given else old.saved,
        effective.kid if effective.given else old.effective,
    )
    # R090, __sys_setresuid(): a call that changes nothing succeeds, and changes nothing,
    # not even the filesystem ID when no effective ID was given.
    if new == (old if effective.given else old._replace(fs=old.effective)):
        return old
    # R090, setresuid(2) EPERM: each ID may become one of the three old ones.
    if not privileged and not {new.real, new.effective, new.saved} <= {old.real, old.effective, old.saved}:
        raise Refused(EPERM)
    return new


def set_fs_id(old: Ids[T], kid: T, privileged: bool) -> Ids[T]:
    """setfsuid(2), setfsgid(2): they never fail, they leave everything as it was."""
    # R090, __sys_setfsuid(), setfsuid(2): an ID that is not valid in this user namespace is ignored,
    # and so is one that is none of the four old ones, without the capability.
    if kid == INVALID or not (privileged or kid in old):
        return old
    return old._replace(fs=kid)
