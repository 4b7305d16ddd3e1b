"""The live kernel: real processes, each an agent that is driven over a socket."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.ground import Ground


def prepare(spec: str = "") -> Ground:
    """Make the calling process, which must be small and without threads, ready to run examples."""
    from nsdoc.backends.linux.ground import Ground

    return Ground()
