"""What this host allows, found by doing it, and the likely causes where it is refused.

Nothing of the host is changed: what is tried is tried in children, which end with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nsdoc.errors import Unavailable
from nsdoc.kernels import open_kernel
from nsdoc.probe import facts, stages
from nsdoc.probe.causes import ranked
from nsdoc.probe.findings import Cause, Facts, Findings, Likelihood, Refusal, Stage
from nsdoc.process import Kernel
from nsdoc.process.features import FEATURES

__all__ = ["Cause", "Facts", "Findings", "Likelihood", "Refusal", "Stage", "probe"]


def probe() -> Findings:
    """Try what user namespaces and the features of examples need, in the calling process's circumstances."""
    known = facts.read()
    if known.host.system != "Linux":
        refusal = Refusal(words=f"this host runs {known.host.system}, not Linux")
        return _explained(known, [Stage("unshare", "unshare(CLONE_NEWUSER)", refusal)], [])
    tried = stages.run()
    return _explained(replace(known, profile_inside=tried.said), tried.stages, _features())


def _explained(known: Facts, *groups: Iterable[Stage]) -> Findings:
    explained = (tuple(replace(stage, causes=ranked(stage, known)) for stage in group) for group in groups)
    return Findings(known, *explained)


def _features() -> list[Stage]:
    """Each feature that an example can ask for, tried on the live kernel."""
    try:
        with open_kernel("linux") as kernel:
            return [_feature(name, kernel) for name in FEATURES]
    except (Unavailable, OSError) as reason:
        refusal = Refusal(words=f"processes for examples cannot be started: {reason}")
        return [Stage(name, feature.text, refusal) for name, feature in FEATURES.items()]


def _feature(name: str, kernel: Kernel) -> Stage:
    found = kernel.lack(name)
    if found is None:
        return Stage(name, FEATURES[name].text)
    return Stage(name, FEATURES[name].text, Refusal(found.errno, found.reason), tried=not found.after)
