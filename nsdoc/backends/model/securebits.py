"""The securebits, capabilities(7).

Twin: include/uapi/linux/securebits.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.kernel import Kernel

SECUREBITS_DEFAULT: Final = 0

# The bits that a process can set without privilege, since they only restrict it.
EXEC_BITS: Final = (
    abi.SECBIT_EXEC_RESTRICT_FILE
    | abi.SECBIT_EXEC_RESTRICT_FILE_LOCKED
    | abi.SECBIT_EXEC_DENY_INTERACTIVE
    | abi.SECBIT_EXEC_DENY_INTERACTIVE_LOCKED
)

_BASE: Final = 0x3F
_AMBIENT: Final = abi.SECBIT_NO_CAP_AMBIENT_RAISE | abi.SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED


def issecure(cred: Cred, bit: int) -> bool:
    """Whether a securebit is set.  Twin: issecure()."""
    return bool(cred.securebits & bit)


def supported(kernel: Kernel) -> int:
    """All securebits that this release knows."""
    bits = _BASE
    if kernel.has("ambient-capabilities"):
        bits |= _AMBIENT
    if kernel.has("exec-securebits"):
        bits |= EXEC_BITS
    return bits


def locks(bits: int) -> int:
    """The locks among `bits`: every securebit has its lock one place higher."""
    return bits & 0xAAAAAAAA
