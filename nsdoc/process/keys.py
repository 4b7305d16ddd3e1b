"""Calls about keys and keyrings."""

from __future__ import annotations

from nsdoc.process.caller import Caller, raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class KeyCalls(Caller):
    """keyrings(7)."""

    __slots__ = ()

    def add_key(self, type: str, description: str, payload: str | bytes, keyring: int) -> int:
        """add_key(2): the ID of the key.

        Raises:
            KernelError: EACCES, EDQUOT, EINVAL, ENODEV, ENOKEY, EPERM.
        """
        return int(self._call("add_key", type, description, raw(payload), keyring))

    def request_key(self, type: str, description: str, keyring: int = 0) -> int:
        """request_key(2) without call-out: the ID of the key.

        Raises:
            KernelError: EACCES, EKEYEXPIRED, EKEYREVOKED, ENOKEY.
        """
        return int(self._call("request_key", type, description, keyring))

    def keyctl(self, operation: int, *args: Any) -> int | bytes:
        """keyctl(2): a number, or for ``KEYCTL_READ`` and ``KEYCTL_DESCRIBE`` the bytes.

        Raises:
            KernelError: EACCES, EDQUOT, EINVAL, EKEYEXPIRED, EKEYREVOKED, ENOKEY, EOPNOTSUPP, EPERM.
        """
        value: int | bytes = self._call("keyctl", operation, *args)
        return value
