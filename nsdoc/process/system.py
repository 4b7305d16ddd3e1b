"""Calls about what no namespace holds: the whole system."""

from __future__ import annotations

from nsdoc.process.caller import Caller


class SystemCalls(Caller):
    """Permission to change the whole system; nothing here changes it."""

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
