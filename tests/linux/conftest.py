"""The live kernel and a few processes on it, for the tests of this directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from nsdoc import open_kernel
from nsdoc.abi import CLONE_NEWNS, CLONE_NEWUSER
from nsdoc.process import Kernel, Process

_ROOMS = count(1)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """The kernel that runs here."""
    with open_kernel("linux") as opened:
        yield opened


@pytest.fixture
def root(kernel: Kernel) -> Process:
    """A process of root, with every capability that this root has."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root can start processes of other users")
    return kernel.process(uid=0, gid=0)


@pytest.fixture
def bob(kernel: Kernel, root: Process) -> Process:
    """A process of another ordinary user than `alice`."""
    return kernel.process(uid=1001, gid=1001)


@pytest.fixture
def alice(kernel: Kernel) -> Process:
    """A process of an ordinary user."""
    return kernel.process(uid=1000, gid=1000) if os.geteuid() == 0 else kernel.process()


@pytest.fixture
def inner(alice: Process) -> Process:
    """A process of `alice` in a user namespace of her own, where she has user and group ID 0."""
    uid, gid = alice.getuid(), alice.getgid()
    return alice.clone(CLONE_NEWUSER, uid_map=f"0 {uid} 1", gid_map=f"0 {gid} 1")


@pytest.fixture
def room(kernel: Kernel) -> str:
    """A directory of the test's own, where everybody can write."""
    path = f"{kernel.scratch}/room{next(_ROOMS)}"
    maker = kernel.process()
    maker.mkdir(path)
    maker.chmod(path, 0o1777)
    return path


@pytest.fixture
def mounter(inner: Process, room: str) -> Process:
    """A process that may mount: root of a user namespace, in a mount namespace of its own, in the room."""
    child = inner.clone(CLONE_NEWNS)
    child.chdir(room)
    return child
