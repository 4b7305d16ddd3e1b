"""The cases that tests/linux has about calls, on the model: the same body, and the same outcomes."""

from __future__ import annotations

from types import ModuleType

import pytest

from nsdoc.process import Kernel, Process
from tests.conformance.conftest import open_model
from tests.linux import conftest as live
from tests.linux import (
    test_execution,
    test_files,
    test_identity,
    test_ipc,
    test_keys,
    test_life,
    test_mount_api,
    test_mounts,
    test_namespaces,
    test_sharing,
    test_sockets,
    test_tracing,
)


def cases(module: ModuleType, *fixtures: str) -> type:
    """A class with the tests of a module; its tests take no instance, but the fixtures that are named."""
    found: dict[str, object] = {
        name: staticmethod(each) for name, each in vars(module).items() if name.startswith("test_")
    }
    marks = [pytest.mark.usefixtures(*fixtures)] if fixtures else []
    return type(module.__name__, (), {**found, "pytestmark": marks})


@pytest.fixture
def kernel() -> Kernel:
    """The model of the release that runs here."""
    return open_model()


@pytest.fixture
def root(kernel: Kernel) -> Process:
    """A process of root, with every capability."""
    return kernel.process(uid=0, gid=0)


@pytest.fixture
def alice(kernel: Kernel) -> Process:
    """A process of an ordinary user."""
    return kernel.process(uid=1000, gid=1000)


@pytest.fixture
def in_the_room(alice: Process, room: str) -> None:
    """Alice is in the directory where everybody can write."""
    alice.chdir(room)


# What the live kernel's tests make of these.
bob, inner, room, mounter = live.bob, live.inner, live.room, live.mounter
program = test_execution.program

TestExecution = cases(test_execution)
TestFiles = cases(test_files, "in_the_room")
TestIdentity = cases(test_identity)
TestIpc = cases(test_ipc)
TestKeys = cases(test_keys)
TestLife = cases(test_life)
TestMountApi = cases(test_mount_api)
TestMounts = cases(test_mounts)
TestNamespaces = cases(test_namespaces)
TestSharing = cases(test_sharing)
TestSockets = cases(test_sockets)
TestTracing = cases(test_tracing)
