"""What calls give back, where it is more than a number, a text or bytes."""

from __future__ import annotations

from collections import namedtuple

from nsdoc import abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NamedTuple

    class Stat(NamedTuple):
        """The part of stat(2) that permissions are about; IDs as the calling process sees them."""

        st_mode: int
        st_ino: int
        st_dev: int
        st_nlink: int
        st_uid: int
        st_gid: int
        st_size: int
        st_rdev: int

    class Caps(NamedTuple):
        """The three sets of capget(2)."""

        effective: CapSet
        permitted: CapSet
        inheritable: CapSet

    class Message(NamedTuple):
        """What recvmsg(2) received: data, the sender's (pid, uid, gid) or None, and new descriptors."""

        data: bytes
        credentials: tuple[int, int, int] | None
        fds: tuple[int, ...]

    class Siginfo(NamedTuple):
        """What is told with a signal, or of the end of a child; IDs as the calling process sees them."""

        signo: int
        code: int
        pid: int
        uid: int
        status: int

    class Ipc(NamedTuple):
        """Who owns an IPC object and who created it, with its mode; IDs as the calling process sees them."""

        uid: int
        gid: int
        cuid: int
        cgid: int
        mode: int

else:
    Stat = namedtuple("Stat", "st_mode st_ino st_dev st_nlink st_uid st_gid st_size st_rdev")
    Caps = namedtuple("Caps", "effective permitted inheritable")
    Message = namedtuple("Message", "data credentials fds")
    Siginfo = namedtuple("Siginfo", "signo code pid uid status")
    Ipc = namedtuple("Ipc", "uid gid cuid cgid mode")


class CapSet(int):
    """A set of capabilities, kept as the kernel's bit mask.

    ``CAP_KILL in caps`` asks for one, iteration gives their numbers,
    and `str` their names in order, or ``none``.
    """

    __slots__ = ()

    @classmethod
    def of(cls, capabilities: Iterable[int]) -> CapSet:
        """The set of the given capability numbers."""
        mask = 0
        for capability in capabilities:
            mask |= 1 << capability
        return cls(mask)

    def __contains__(self, capability: int) -> bool:
        return bool(self >> capability & 1)

    def __iter__(self) -> Iterator[int]:
        return (number for number in range(self.bit_length()) if number in self)

    def __len__(self) -> int:
        return self.bit_count()

    def __str__(self) -> str:
        names = abi.capability_names()
        return " ".join(names.get(number, f"capability {number}") for number in self) or "none"

    __repr__ = __str__


def mask(capabilities: int | Iterable[int]) -> int:
    """The bit mask of a `CapSet`, of a mask, or of capability numbers."""
    if isinstance(capabilities, int):
        return int(capabilities)
    return int(CapSet.of(capabilities))
