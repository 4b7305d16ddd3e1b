"""The model kernel: an executable specification of Linux user namespaces.

It is pure: no I/O, no clock, no threads, nothing of the host.
Its files are named by the kernel's nouns and its functions as in the kernel.
Above each check stands the rule that it implements, with the manual page and the kernel function where it
comes from;
the checks stand in the kernel's order, so that the first error is the one that Linux gives.
"""

from __future__ import annotations

from nsdoc.backends.model.backend import ModelBackend, connect
from nsdoc.backends.model.history import changes, edition, previous, releases

__all__ = ["ModelBackend", "changes", "connect", "edition", "previous", "releases"]
