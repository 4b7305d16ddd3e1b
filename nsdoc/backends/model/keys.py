"""Keys and keyrings.

Twin: security/keys.
"""

from __future__ import annotations


class Keyring:
    """A keyring."""
