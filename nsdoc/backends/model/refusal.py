"""How the model's own code says that a call fails."""

from __future__ import annotations


class Refused(Exception):
    """The call ends here with an error, as a kernel function does that returns ``-errno``.

    It never leaves the model: the backend turns it into an `Outcome`.
    """

    def __init__(self, errno: int) -> None:
        super().__init__(errno)
        self.errno = errno
