"""Where an example runs on this host."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Site(NamedTuple):
        """What agents need to know of the host.

        `scratch` is the directory in which they start, `program` the file of the program they are,
        `isolated` whether they are in namespaces of the example's own.
        """

        scratch: str
        program: str
        isolated: bool

else:
    Site = namedtuple("Site", "scratch program isolated")
