"""Where examples run on the model: each in a process of its own, so that one that never ends can be ended.

This module is for the runner; nothing of the machine itself needs it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nsdoc.backends.model.backend import ModelBackend

if TYPE_CHECKING:
    from nsdoc.backends.model.history import Edition


class Ground:
    """See `nsdoc.backend.Ground`."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    def common(self) -> Ground:
        """This one: a kernel is a value of the process that opens it, and nothing outside."""
        return self

    def fork(self) -> int:
        """Fork the process in which an example shall run: the PID in the parent, 0 in the child."""
        return os.fork()

    def open(self) -> ModelBackend:
        """A machine that has just been started."""
        return ModelBackend(self._edition)

    def agents(self, backend: ModelBackend) -> frozenset[int]:
        """No process of the model is one of the host."""
        return frozenset()

    def clear(self) -> None:
        """Nothing is left behind."""

    def close(self) -> None:
        """Nothing is held."""
