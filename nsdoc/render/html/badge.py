"""What a page says of a claim: its verdict in words, with kernel and date."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """The verdict on one claim, as a page shows it.

    `claim` is the permanent name, such as ``user_namespaces(7)#level-limit``.
    `kind` is a verdict's kind, or ``model`` (only the model said so), or ``unchecked``.
    `word` is what stands in running text ("holds"),
    `words` the whole of it ("holds on Linux 6.18.44, 2026-11-22"),
    `reason` what a verdict other than holds has to add, and
    `elsewhere` the verdicts on other kernels, in words.
    """

    claim: str
    kind: str
    word: str
    words: str
    reason: str = ""
    elsewhere: tuple[str, ...] = ()
