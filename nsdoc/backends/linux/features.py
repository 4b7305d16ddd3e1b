"""What the host grants to an example, where no call of the example can tell.

All other words of `nsdoc.Kernel.supports` are decided by trying, see `nsdoc.process.features`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.site import Site


def supported(feature: str, site: Site) -> bool:
    """Whether an example has `feature` on this host.

    Raises:
        ValueError: no such feature is known; the message lists those that are.
    """
    answers = {"isolation": site.isolated, "network": site.isolated}
    if feature not in answers:
        raise ValueError(f"unknown feature {feature!r}; known are {', '.join(sorted(answers))}")
    return answers[feature]
