"""The live kernel: real processes, each an agent that is driven over a socket."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.backend import LinuxBackend
    from nsdoc.backends.linux.ground import Ground
    from nsdoc.verdict import Conditions


def prepare(spec: str = "") -> Ground:
    """Make the calling process, which must be small and without threads, ready to run examples."""
    from nsdoc.backends.linux.ground import Ground

    return Ground()


def connect(spec: str = "") -> LinuxBackend:
    """The live kernel for a caller of any size: agents are forked by a small process started for that.

    Raises:
        Unavailable: this is not Linux, or the process cannot be started.
    """
    from nsdoc.backends.linux.remote import connect

    return connect()


def conditions(spec: str = "") -> Conditions:
    """What a verdict on this kernel depends on.

    Raises:
        Unavailable: this is not Linux.
    """
    from nsdoc.backends.linux.host import conditions

    return conditions()
