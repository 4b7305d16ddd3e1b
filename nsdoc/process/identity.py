"""Calls about user IDs, group IDs and capabilities."""

from __future__ import annotations

from nsdoc.process.caller import Caller
from nsdoc.process.values import Caps, CapSet, mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class IdentityCalls(Caller):
    """credentials(7) and capabilities(7); IDs are those of the process's own user namespace."""

    __slots__ = ()

    def getuid(self) -> int:
        """getuid(2): the real user ID."""
        return int(self._call("getuid"))

    def geteuid(self) -> int:
        """geteuid(2): the effective user ID."""
        return int(self._call("geteuid"))

    def getgid(self) -> int:
        """getgid(2): the real group ID."""
        return int(self._call("getgid"))

    def getegid(self) -> int:
        """getegid(2): the effective group ID."""
        return int(self._call("getegid"))

    def getresuid(self) -> tuple[int, int, int]:
        """getresuid(2): the real, effective and saved user ID."""
        real, effective, saved = self._call("getresuid")
        return real, effective, saved

    def getresgid(self) -> tuple[int, int, int]:
        """getresgid(2): the real, effective and saved group ID."""
        real, effective, saved = self._call("getresgid")
        return real, effective, saved

    def setuid(self, uid: int) -> None:
        """setuid(2).

        Raises:
            KernelError: EAGAIN, EINVAL, EPERM.
        """
        self._call("setuid", uid)

    def seteuid(self, euid: int) -> None:
        """seteuid(2).

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("setresuid", -1, euid, -1)

    def setreuid(self, ruid: int, euid: int) -> None:
        """setreuid(2); -1 leaves an ID as it is.

        Raises:
            KernelError: EAGAIN, EINVAL, EPERM.
        """
        self._call("setreuid", ruid, euid)

    def setresuid(self, ruid: int, euid: int, suid: int) -> None:
        """setresuid(2); -1 leaves an ID as it is.

        Raises:
            KernelError: EAGAIN, EINVAL, EPERM.
        """
        self._call("setresuid", ruid, euid, suid)

    def setgid(self, gid: int) -> None:
        """setgid(2).

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("setgid", gid)

    def setegid(self, egid: int) -> None:
        """setegid(2).

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("setresgid", -1, egid, -1)

    def setregid(self, rgid: int, egid: int) -> None:
        """setregid(2); -1 leaves an ID as it is.

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("setregid", rgid, egid)

    def setresgid(self, rgid: int, egid: int, sgid: int) -> None:
        """setresgid(2); -1 leaves an ID as it is.

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("setresgid", rgid, egid, sgid)

    def setfsuid(self, fsuid: int) -> int:
        """setfsuid(2): the filesystem user ID before the call, which never fails."""
        return int(self._call("setfsuid", fsuid))

    def setfsgid(self, fsgid: int) -> int:
        """setfsgid(2): the filesystem group ID before the call, which never fails."""
        return int(self._call("setfsgid", fsgid))

    def getgroups(self) -> list[int]:
        """getgroups(2): the supplementary groups."""
        return list(self._call("getgroups"))

    def setgroups(self, groups: Iterable[int]) -> None:
        """setgroups(2): set the supplementary groups.

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("setgroups", tuple(groups))

    def capget(self) -> Caps:
        """capget(2): the effective, permitted and inheritable capabilities of this process."""
        return Caps(*map(CapSet, self._call("capget")))

    def capset(
        self,
        effective: int | Iterable[int],
        permitted: int | Iterable[int],
        inheritable: int | Iterable[int] = 0,
    ) -> None:
        """capset(2): set the three sets, each a `CapSet`, a bit mask or capability numbers.

        Raises:
            KernelError: EPERM.
        """
        self._call("capset", mask(effective), mask(permitted), mask(inheritable))
