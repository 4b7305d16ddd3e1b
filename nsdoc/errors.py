"""What a call can raise, and how an example says that it expects to be refused.

This module is loaded into every process that runs an example:
it imports nothing but the kernel's own words.
"""

from __future__ import annotations

from nsdoc import abi


class KernelError(OSError):
    """A system call failed.

    `errno` is Linux's number, whatever the host's own numbering,
    and `name` its symbol, such as ``EPERM``.
    `call` is the name of the call that failed.
    """

    def __init__(self, errno: int, call: str = "") -> None:
        super().__init__(errno, abi.errno_text(errno))
        self.call = call

    @property
    def name(self) -> str:
        """The symbol of the error, such as ``EPERM``."""
        return abi.errno_name(self.errno or 0)

    def __str__(self) -> str:
        where = f"{self.call}(): " if self.call else ""
        return f"{where}{self.name}: {self.strerror}"


class Unavailable(Exception):
    """This host cannot show what the example asks for; the message says why."""


class ProcessGone(Exception):
    """A call was made by a process that has ended; the message says how it ended."""


class Unexpected(AssertionError):
    """`fails` saw another outcome than the one it waited for.

    `expected` and `observed` are the two in words:
    the symbol of an error, or "no error".
    """

    def __init__(self, expected: str, observed: str) -> None:
        super().__init__(f"expected {expected}, got {observed}")
        self.expected = expected
        self.observed = observed


class fails:  # noqa: N801 - reads as a phrase: "with fails(EPERM)"
    """Expect that the block is refused with one of the given errors.

    `reached` counts the blocks that ended, so that the judge can tell an example that checks nothing.

    Raises:
        Unexpected: the block succeeded, or failed with another error.
    """

    reached = 0

    def __init__(self, *errnos: int) -> None:
        if not errnos:
            raise TypeError("fails() takes at least one error, such as fails(EPERM)")
        self._errnos = errnos

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        expected = " or ".join(abi.errno_name(number) for number in self._errnos)
        if error is None:
            fails.reached += 1
            raise Unexpected(expected, "no error")
        if not isinstance(error, KernelError):
            return False
        fails.reached += 1
        if error.errno in self._errnos:
            return True
        raise Unexpected(expected, error.name) from error
