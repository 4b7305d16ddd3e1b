"""The model kernel: an executable specification of Linux user namespaces.

It is pure: no I/O, no clock, no threads, nothing of the host.
Its files are named by the kernel's nouns and its functions as in the kernel.
Above each check stands the rule that it implements, with the manual page and the kernel function where it
comes from;
the checks stand in the kernel's order, so that the first error is the one that Linux gives.
"""

from __future__ import annotations

from nsdoc.backends.model.backend import ModelBackend
from nsdoc.backends.model.history import changes, edition, previous, releases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.model.ground import Ground
    from nsdoc.verdict import Conditions

__all__ = ["ModelBackend", "changes", "conditions", "connect", "edition", "prepare", "previous", "releases"]


def connect(spec: str = "") -> ModelBackend:
    """A model of Linux at a release, by default the newest that is known.

    `spec` is a release such as ``4.8``, with changes besides as in ``5.9+setfcap-for-root-map``.

    Raises:
        ValueError: the release or a change is not known; the message says what is.
    """
    return ModelBackend(edition(spec))


def prepare(spec: str = "") -> Ground:
    """Make the calling process ready to run examples, each on a machine of its own.

    Raises:
        ValueError: the release or a change is not known; the message says what is.
    """
    from nsdoc.backends.model.ground import Ground

    return Ground(edition(spec))


def conditions(spec: str = "") -> Conditions:
    """What a verdict on this kernel depends on: the release that is played.

    Raises:
        ValueError: the release or a change is not known; the message says what is.
    """
    from nsdoc.verdict import Conditions

    return Conditions("model", edition(spec).release)
