"""setuid(2) and its kin, setgroups(2), and the capabilities that follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nsdoc import abi
from nsdoc.abi import CAP_SETGID, CAP_SETUID, CLONE_NEWUSER
from nsdoc.process import Kernel, Process
from tests.conformance.support import FULL, alice_of, child_of, map_file, mapped_child_of, outcome, root_of

# A process whose real, effective and saved ID are 1, 2 and 3, without privilege.
IDS = (1, 2, 3)


def divided(kernel: Kernel, kind: str) -> Process:
    """A process with three different IDs of a kind and no capability."""
    process = root_of(kernel)
    if kind == "uid":
        process.setresuid(*IDS)
    else:
        process.setresgid(*IDS)
        process.capset(0, 0)
    return process


def ids(process: Process, kind: str) -> tuple[int, int, int]:
    """The three IDs of a kind."""
    return process.getresuid() if kind == "uid" else process.getresgid()


@pytest.mark.parametrize("kind", ["uid", "gid"])
@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, (1, 1, 3)), (3, (1, 3, 3)), (2, "EPERM"), (0, "EPERM"), (4, "EPERM"), (-1, "EINVAL")],
)
def test_setuid_without_privilege(kernel: Kernel, kind: str, number: int, expected: Any) -> None:
    """R090: setuid(2) takes the real or the saved ID, and changes the effective one."""
    process = divided(kernel, kind)
    result = outcome(getattr(process, f"set{kind}"), number)
    assert (ids(process, kind) if result is None else result) == expected


@pytest.mark.parametrize("kind", ["uid", "gid"])
@pytest.mark.parametrize(
    ("real", "effective", "expected"),
    [
        (-1, -1, (1, 2, 3)), (2, -1, (2, 2, 2)), (1, -1, (1, 2, 2)), (3, -1, "EPERM"), (-1, 1, (1, 1, 3)),
        (-1, 3, (1, 3, 3)), (-1, 2, (1, 2, 2)), (2, 1, (2, 1, 1)), (1, 3, (1, 3, 3)), (4, -1, "EPERM"),
        (-1, 4, "EPERM"), (2, 4, "EPERM"),
    ],
)  # fmt: skip
def test_setreuid_without_privilege(
    kernel: Kernel, kind: str, real: int, effective: int, expected: Any
) -> None:
    """R090: setreuid(2) takes the real and effective ID for the real one, all three for the effective one."""
    process = divided(kernel, kind)
    result = outcome(getattr(process, f"setre{kind}"), real, effective)
    assert (ids(process, kind) if result is None else result) == expected


@pytest.mark.parametrize("kind", ["uid", "gid"])
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((-1, -1, -1), (1, 2, 3)), ((3, 1, 2), (3, 1, 2)), ((2, 2, 2), (2, 2, 2)), ((4, -1, -1), "EPERM"),
        ((-1, 4, -1), "EPERM"), ((-1, -1, 4), "EPERM"), ((1, 2, 4), "EPERM"), ((-1, 3, -1), (1, 3, 3)),
    ],
)  # fmt: skip
def test_setresuid_without_privilege(
    kernel: Kernel, kind: str, wanted: tuple[int, int, int], expected: Any
) -> None:
    """R090: setresuid(2) takes any of the three IDs for each of them."""
    process = divided(kernel, kind)
    result = outcome(getattr(process, f"setres{kind}"), *wanted)
    assert (ids(process, kind) if result is None else result) == expected


@pytest.mark.parametrize("kind", ["uid", "gid"])
@pytest.mark.parametrize(("number", "after"), [(1, 1), (3, 3), (2, 2), (4, 2), (-1, 2)])
def test_setfsuid_without_privilege(kernel: Kernel, kind: str, number: int, after: int) -> None:
    """R090: setfsuid(2) never fails, and takes only an ID that the process has."""
    process = divided(kernel, kind)
    setfs: Callable[[int], int] = getattr(process, f"setfs{kind}")
    assert setfs(number) == 2
    assert setfs(-1) == after


@pytest.mark.parametrize(
    ("call", "args"),
    [
        ("setuid", (5,)), ("setreuid", (5, -1)), ("setreuid", (-1, 5)), ("setresuid", (5, -1, -1)),
        ("setresuid", (-1, 5, -1)), ("setresuid", (-1, -1, 5)), ("setgid", (5,)), ("setregid", (5, -1)),
        ("setregid", (-1, 5)), ("setresgid", (5, -1, -1)), ("setresgid", (-1, 5, -1)),
        ("setresgid", (-1, -1, 5)),
    ],
)  # fmt: skip
def test_unmapped_id_is_invalid(kernel: Kernel, call: str, args: tuple[int, ...]) -> None:
    """R090: an ID without a mapping is EINVAL, with every capability."""
    child = mapped_child_of(alice_of(kernel))
    assert outcome(getattr(child, call), *args) == "EINVAL"


@pytest.mark.parametrize("call", ["setfsuid", "setfsgid"])
def test_unmapped_filesystem_id_is_ignored(kernel: Kernel, call: str) -> None:
    """R090: setfsuid(2) of an unmapped ID changes nothing."""
    child = mapped_child_of(alice_of(kernel))
    assert getattr(child, call)(5) == 0
    assert getattr(child, call)(-1) == 0


@pytest.mark.parametrize("call", ["getuid", "geteuid", "getgid", "getegid"])
def test_unmapped_ids_read_as_overflow(kernel: Kernel, call: str) -> None:
    """R004, R022: an ID without a mapping reads as 65534."""
    assert getattr(child_of(alice_of(kernel)), call)() == 65534


def test_unmapped_groups_read_as_overflow(kernel: Kernel) -> None:
    """R004: so do supplementary groups."""
    process = kernel.process(uid=1000, gid=1000, groups=(1000, 2000))
    assert mapped_child_of(process).getgroups() == [0, 65534]


@pytest.mark.parametrize("call", ["setfsuid", "setfsgid"])
def test_unmapped_filesystem_id_reads_as_overflow(kernel: Kernel, call: str) -> None:
    """R090: setfsuid(2) returns 65534 for an ID without a mapping."""
    assert getattr(child_of(alice_of(kernel)), call)(-1) == 65534


@pytest.mark.parametrize(
    ("uids", "gids", "deny", "groups", "expected"),
    [
        (True, True, False, (), []),
        (True, True, False, (0, 5), [0, 5]),
        (True, True, False, (5, 0), [0, 5]),
        (True, True, False, (10,), "EINVAL"),
        (True, True, True, (), "EPERM"),
        (True, True, True, (10,), "EPERM"),
        (True, False, False, (), "EPERM"),
        (True, False, True, (), "EPERM"),
        (False, True, False, (), []),
    ],
)
def test_setgroups_in_a_namespace(
    kernel: Kernel, uids: bool, gids: bool, deny: bool, groups: tuple[int, ...], expected: Any
) -> None:
    """R057: setgroups(2) needs a gid_map, and that nobody denied it; then every group has to be mapped."""
    root = root_of(kernel)
    child = child_of(root)
    if deny:
        root.write(map_file(child, "setgroups"), "deny")
    if uids:
        root.write(map_file(child), "0 0 10")
    if gids:
        root.write(map_file(child, "gid_map"), "0 0 10")
    result = outcome(child.setgroups, groups)
    assert (child.getgroups() if result is None else result) == expected


@pytest.mark.parametrize(
    ("caps", "count", "expected"),
    [((), 0, "EPERM"), ((CAP_SETUID,), 0, "EPERM"), ((CAP_SETGID,), 3, None), ((), 65537, "EPERM")],
)
def test_setgroups_needs_setgid(
    kernel: Kernel, caps: tuple[int, ...], count: int, expected: str | None
) -> None:
    """R057: setgroups(2) needs CAP_SETGID, before the number of groups is looked at."""
    process = kernel.process(uid=1000, gid=1000, caps=caps)
    assert outcome(process.setgroups, range(count)) == expected


@pytest.mark.parametrize(
    ("wanted", "effective", "permitted"),
    [
        ((5, 5, 5), 0, 0), ((-1, 5, -1), 0, FULL), ((5, 0, 0), FULL, FULL), ((5, 5, 0), 0, FULL),
        ((-1, -1, 5), FULL, FULL),
    ],
)  # fmt: skip
def test_capabilities_follow_the_user_id(
    kernel: Kernel, wanted: tuple[int, int, int], effective: int, permitted: int
) -> None:
    """R091: leaving user ID 0 of the namespace clears the capability sets."""
    child = root_of(kernel).clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    child.setresuid(*wanted)
    assert tuple(child.capget()) == (effective, permitted, 0)


def test_effective_set_returns_with_user_0(kernel: Kernel) -> None:
    """R091: the effective set is the permitted one again when the effective ID becomes 0."""
    child = root_of(kernel).clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    child.setresuid(-1, 5, -1)
    child.setresuid(-1, 0, -1)
    assert child.capget().effective == FULL


@pytest.mark.parametrize(
    ("bits", "effective", "permitted"), [(0x10, 0, FULL), (0x4, FULL, FULL), (0x1, 0, 0)]
)
def test_securebits_and_the_user_id(kernel: Kernel, bits: int, effective: int, permitted: int) -> None:
    """R091: KEEP_CAPS keeps the permitted set, NO_SETUID_FIXUP both."""
    child = root_of(kernel).clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    child.prctl(abi.PR_SET_SECUREBITS, bits)
    child.setresuid(5, 5, 5)
    assert tuple(child.capget()) == (effective, permitted, 0)


def test_user_0_of_the_map_counts(kernel: Kernel) -> None:
    """R091: it is user ID 0 of the own user namespace that counts."""
    child = mapped_child_of(root_of(kernel), "5 0 1\n6 1 1", "0 0 10")
    child.setresuid(6, 6, 6)
    assert child.capget().effective == FULL


def test_filesystem_id_moves_file_capabilities(kernel: Kernel) -> None:
    """R091: leaving filesystem user ID 0 takes the capabilities about files from the effective set."""
    child = root_of(kernel).clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    child.setfsuid(5)
    assert abi.CAP_DAC_OVERRIDE not in child.capget().effective
    assert abi.CAP_KILL in child.capget().effective
    child.setfsuid(0)
    assert child.capget().effective == FULL


@pytest.mark.parametrize(
    ("change", "dumpable"),
    [
        (("setresuid", -1, 5, -1), 0), (("setresuid", 5, -1, -1), 1), (("setresgid", -1, 5, -1), 0),
        (("setresgid", 5, -1, -1), 1), (("setfsuid", 5), 0), (("setfsgid", 5), 0),
        (("unshare", CLONE_NEWUSER), 1),
        (("setresuid", -1, -1, 5), 1),
    ],
)  # fmt: skip
def test_dumpability_follows_the_ids(kernel: Kernel, change: tuple[Any, ...], dumpable: int) -> None:
    """R023: a change of an effective or filesystem ID makes a process not dumpable."""
    process = root_of(kernel)
    getattr(process, change[0])(*change[1:])
    assert process.prctl(abi.PR_GET_DUMPABLE) == dumpable
