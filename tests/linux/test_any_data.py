"""Names, data, numbers and sets of any kind cross to a process of the live kernel and back unharmed."""

from __future__ import annotations

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsdoc.abi import AF_UNIX, CLONE_NEWUSER, RLIMIT_LOCKS, SOCK_STREAM
from nsdoc.process import CapSet, Kernel, Process

# A test's processes are the same for all of its examples.
ON_ONE_PROCESS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1).filter(
    lambda name: name not in (".", "..") and len(name.encode()) <= 255
)
NUMBERED = count(1)


@ON_ONE_PROCESS
@given(name=NAMES)
def test_any_name(alice: Process, room: str, name: str) -> None:
    """A file's name comes back from a directory as it was given."""
    place = f"{room}/{next(NUMBERED)}"
    alice.mkdir(place)
    alice.mkdir(f"{place}/{name}")
    assert alice.listdir(place) == [name]
    alice.symlink(name, f"{place}/{name}/link")
    assert alice.readlink(f"{place}/{name}/link") == name


@ON_ONE_PROCESS
@given(data=st.binary(max_size=70000))
def test_any_data(alice: Process, room: str, data: bytes) -> None:
    """Data comes back from a file as it was written."""
    path = f"{room}/data"
    assert alice.write(path, data) == len(data)
    assert alice.read(path).encode(errors="surrogateescape") == data
    fd = alice.open(path)
    assert alice.pread(fd, len(data) + 1, 0) == data
    alice.close(fd)


@ON_ONE_PROCESS
@given(
    data=st.binary(min_size=1, max_size=3000),
    places=st.lists(st.sampled_from("/ /proc /dev".split()), max_size=20),
)
def test_any_message(alice: Process, data: bytes, places: list[str]) -> None:
    """A message arrives whole, with all descriptors that were sent along."""
    one, other = alice.socketpair(AF_UNIX, SOCK_STREAM)
    sent = [alice.open(place) for place in places]
    assert alice.sendmsg(one, data, fds=sent) == len(data)
    got = alice.recvmsg(other)
    assert got.data == data
    arrived, meant = ([alice.fstat(fd)[1:3] for fd in fds] for fds in (got.fds, sent))
    assert arrived == meant  # the same inodes of the same devices
    for fd in (one, other, *sent, *got.fds):
        alice.close(fd)


@ON_ONE_PROCESS
@given(masks=st.tuples(*[st.integers(min_value=0)] * 3))
def test_any_capabilities(kernel: Kernel, alice: Process, masks: tuple[int, int, int]) -> None:
    """The sets of capabilities that are set are those that are read."""
    effective, permitted, inheritable = (CapSet(mask & kernel.caps) for mask in masks)
    child = alice.clone(CLONE_NEWUSER)
    child.capset(effective & permitted, permitted, inheritable)
    assert child.capget() == (effective & permitted, permitted, inheritable)
    child.exit()
    alice.waitpid(child)


@ON_ONE_PROCESS
@given(limits=st.tuples(*[st.integers(min_value=0, max_value=(1 << 63) - 1)] * 2))
def test_any_limits(alice: Process, limits: tuple[int, int]) -> None:
    """The resource limits that are set are those that are read; this one is infinite to begin with."""
    child = alice.fork()
    wanted = min(limits), max(limits)
    child.prlimit(0, RLIMIT_LOCKS, wanted)
    assert child.prlimit(0, RLIMIT_LOCKS) == wanted
    child.exit()
    alice.waitpid(child)
