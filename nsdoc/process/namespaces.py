"""Calls that create, join, name and ask about namespaces."""

from __future__ import annotations

from nsdoc.process.caller import Caller


class NamespaceCalls(Caller):
    """namespaces(7), uts_namespaces(7) and ioctl_nsfs(2)."""

    __slots__ = ()

    def unshare(self, flags: int) -> None:
        """unshare(2): move this process into new namespaces.

        Raises:
            KernelError: EINVAL, ENOMEM, ENOSPC, EPERM.
        """
        self._call("unshare", flags)

    def setns(self, fd: int, nstype: int = 0) -> None:
        """setns(2): join the namespace of `fd`, or with a PID file descriptor those that `nstype` names.

        Raises:
            KernelError: EBADF, EINVAL, EPERM, ESRCH, EUSERS.
        """
        self._call("setns", fd, nstype)

    def ioctl(self, fd: int, request: int, arg: int = 0) -> int:
        """ioctl(2) for the requests of ioctl_nsfs(2).

        Returns a new descriptor, the type of the namespace, the user ID, PID or ID asked for,
        or for ``NS_MNT_GET_INFO`` the number of mounts.

        Raises:
            KernelError: EBADF, EINVAL, ENOTTY, EPERM, ESRCH.
        """
        return int(self._call("ioctl", fd, request, arg))

    def gethostname(self) -> str:
        """gethostname(2)."""
        return str(self._call("gethostname"))

    def sethostname(self, name: str) -> None:
        """sethostname(2).

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("sethostname", name)

    def getdomainname(self) -> str:
        """getdomainname(2)."""
        return str(self._call("getdomainname"))

    def setdomainname(self, name: str) -> None:
        """setdomainname(2).

        Raises:
            KernelError: EINVAL, EPERM.
        """
        self._call("setdomainname", name)
