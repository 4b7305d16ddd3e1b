"""Calls about what no namespace holds: the whole system, and a filter of calls."""

from __future__ import annotations

from nsdoc.process.caller import Caller


class SystemCalls(Caller):
    """Permission to change the whole system, which nothing here changes, and seccomp(2)."""

    __slots__ = ()

    def settimeofday(self) -> None:
        """settimeofday(2) with two null pointers: it succeeds where the caller could set the clock.

        Raises:
            KernelError: EPERM.
        """
        self._call("settimeofday")

    def init_module(self) -> None:
        """init_module(2) with an empty image: it never succeeds; ``ENOEXEC`` means that the caller may.

        Raises:
            KernelError: ENOEXEC, ENOSYS, EPERM.
        """
        self._call("init_module")

    def seccomp(self, call: str, error: int) -> None:
        """seccomp(2) with a filter, such as containers have: from now on one call fails.

        `call` is the name of the call, such as ``"unshare"``, and `error` what it fails with,
        in this process and in the children that it makes from then on.

        Raises:
            KernelError: EACCES, EINVAL, ENOSYS.
            ValueError: no such call is known.
        """
        self._call("seccomp", call, error)
