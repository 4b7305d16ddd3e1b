"""Backends that cannot be had, for the tests of the pool."""

from __future__ import annotations

import os

from nsdoc.errors import Unavailable


def prepare(spec: str) -> None:
    """Fail in the way that `spec` says."""
    if spec == "dies":
        os._exit(9)
    raise Unavailable("no moon here")
