"""Manual pages whose every claim is run.

The public names are imported on first use,
so that a process which needs only a part stays small:
the cost of a fork grows with the memory of the process that forks.
"""

__version__ = "0.1.0"

__all__ = ["KernelError", "ProcessGone", "Unavailable", "fails", "open_kernel"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.errors import KernelError, ProcessGone, Unavailable, fails
    from nsdoc.kernels import open_kernel

_HOMES = {
    "KernelError": "nsdoc.errors",
    "ProcessGone": "nsdoc.errors",
    "Unavailable": "nsdoc.errors",
    "fails": "nsdoc.errors",
    "open_kernel": "nsdoc.kernels",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nsdoc' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
