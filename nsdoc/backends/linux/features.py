"""What this host can show: the words of ``:needs:`` and of `Kernel.supports`, decided by trying."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.site import Site


def supported(feature: str, site: Site) -> bool:
    """Whether the host supports `feature`.

    Raises:
        ValueError: no such feature is known; the message lists those that are.
    """
    answers = {
        "root": os.geteuid() == 0,
        "isolation": site.isolated,
    }
    if feature not in answers:
        raise ValueError(f"unknown feature {feature!r}; known are {', '.join(sorted(answers))}")
    return answers[feature]
