"""From the name of a kernel to its backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points

from nsdoc.process import Kernel

_OWN = {"linux": "nsdoc.backends.linux", "model": "nsdoc.backends.model"}
_GROUP = "nsdoc.backends"


class UnknownBackend(ValueError):
    """No backend has that name; the message lists those that are known."""


def locate(spec: str) -> tuple[str, str]:
    """The module of the backend that a spec names, and the rest of the spec for it.

    A spec is ``linux``, ``model``, ``model@4.8``,
    or the name of an entry point of the group ``nsdoc.backends``, with or without ``@`` and more.

    Raises:
        UnknownBackend: no backend has that name.
    """
    name, _, rest = spec.partition("@")
    if name in _OWN:
        return _OWN[name], rest
    others = {point.name: point.value for point in entry_points(group=_GROUP)}
    if name not in others:
        raise UnknownBackend(f"unknown backend {name!r}; known are {', '.join(sorted(_OWN | others))}")
    return others[name], rest


@contextmanager
def open_kernel(spec: str = "linux") -> Iterator[Kernel]:
    """The kernel that a spec names, for the length of a ``with`` block.

    ``linux`` is the kernel that runs here: its processes are real ones,
    forked by a small process that this function starts and that ends with the block,
    and all that the block has started ends with it.
    ``model`` is the model of the newest release known, ``model@4.8`` that of another.

    Raises:
        UnknownBackend: no backend has that name.
        Unavailable: the backend cannot be had on this host.
        ValueError: the backend does not understand the rest of the spec.
    """
    module, rest = locate(spec)
    backend = import_module(module).connect(rest)
    try:
        yield Kernel(backend)
    finally:
        backend.close()
