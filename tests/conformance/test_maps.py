"""uid_map, gid_map, projid_map and setgroups."""

from __future__ import annotations

import pytest

from nsdoc.abi import (
    CAP_SETFCAP,
    CAP_SETGID,
    CAP_SETUID,
    CAP_SYS_ADMIN,
    CLONE_NEWUSER,
    O_RDONLY,
    O_RDWR,
    O_WRONLY,
)
from nsdoc.process import CapSet, Kernel
from tests.conformance.support import FULL, alice_of, child_of, map_file, mapped_child_of, outcome, root_of

IDENTITY = "         0          0 4294967295\n"


def lines(count: int, last: str = "\n") -> str:
    """A map of so many lines of one ID each."""
    return "\n".join(f"{2 * n} {2 * n + 100000} 1" for n in range(count)) + last


@pytest.mark.parametrize("name", ["uid_map", "gid_map", "projid_map"])
def test_initial_map_is_the_identity(kernel: Kernel, name: str) -> None:
    """R001, R055: the initial user namespace maps all IDs but 4294967295 to themselves."""
    assert alice_of(kernel).read(f"/proc/self/{name}") == IDENTITY


@pytest.mark.parametrize("name", ["uid_map", "gid_map", "projid_map"])
def test_new_map_is_empty(kernel: Kernel, name: str) -> None:
    """R055: a map reads as nothing until it is written."""
    assert child_of(alice_of(kernel)).read(f"/proc/self/{name}") == ""


def test_initial_setgroups_allows(kernel: Kernel) -> None:
    """R001, R056: the initial user namespace allows setgroups(2)."""
    assert alice_of(kernel).read("/proc/self/setgroups") == "allow\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 1000 1", 8),
        ("0 1000 1\n", 9),
        ("  0\t1000\v1 \f", 12),
        ("00 1000 01", 10),
        ("4294967296 1000 1", 17),
        ("0 1000 4294967297", 17),
        ("5 1000 1", 8),
        ("4294967294 1000 1", 17),
        ("", "EINVAL"),
        ("\n", "EINVAL"),
        (" ", "EINVAL"),
        ("0", "EINVAL"),
        ("0 1000", "EINVAL"),
        ("0 1000 ", "EINVAL"),
        ("0 1000 1 1", "EINVAL"),
        ("0 1000 1x", "EINVAL"),
        ("x 1000 1", "EINVAL"),
        ("0x0 1000 1", "EINVAL"),
        ("-1 1000 1", "EINVAL"),
        ("+0 1000 1", "EINVAL"),
        ("0,1000,1", "EINVAL"),
        ("\n0 1000 1", "EINVAL"),
        ("0 1000 1\n\n", "EINVAL"),
        ("0 1000 1\n ", "EINVAL"),
        ("0 1000 0", "EINVAL"),
        ("0 1000 4294967296", "EINVAL"),
        ("0 1000 4294967295", "EINVAL"),
        ("4294967295 1000 1", "EINVAL"),
        ("0 4294967295 1", "EINVAL"),
        ("4294967294 1000 2", "EINVAL"),
        ("0 4294967294 2", "EINVAL"),
        ("0 1000 2\n1 2000 1", "EINVAL"),
        ("0 1000 2\n5 1001 1", "EINVAL"),
        ("1 2000 1\n0 1000 2", "EINVAL"),
        ("0 1000 1\n0 1000 1", "EINVAL"),
        ("0 1000 2", "EPERM"),
        ("0 1001 1", "EPERM"),
        ("0 0 1", "EPERM"),
        ("0 1000 1\n1 1001 1", "EPERM"),
    ],
)
def test_text_of_a_map(kernel: Kernel, text: str, expected: int | str) -> None:
    """R052, R053, R054: what an unprivileged parent can write to uid_map."""
    alice = alice_of(kernel)
    assert outcome(alice.write, map_file(child_of(alice)), text) == expected


def test_text_ends_at_nul(kernel: Kernel) -> None:
    """R053: what follows a NUL is not looked at, and counts as written."""
    alice = alice_of(kernel)
    child = child_of(alice)
    assert alice.write(map_file(child), b"0 1000 1\0rubbish") == 16
    assert child.read("/proc/self/uid_map") == "         0       1000          1\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (lines(340), len(lines(340))),
        (lines(340, ""), len(lines(340, ""))),
        (lines(341), "EINVAL"),
        (lines(341, ""), "EINVAL"),
    ],
    ids=["340", "340-no-newline", "341", "341-no-newline"],
)
def test_number_of_lines(kernel: Kernel, text: str, expected: int | str) -> None:
    """R053: a map has at most 340 lines."""
    root = root_of(kernel)
    child = child_of(root)
    fd = root.open(map_file(child), O_WRONLY)
    assert outcome(root.write, fd, text) == ("EINVAL" if len(text) >= 4096 else expected)


@pytest.mark.parametrize("size", [4095, 4096, 4097])
def test_size_of_a_write(kernel: Kernel, size: int) -> None:
    """R052(1): a write to a map is shorter than a page."""
    root = root_of(kernel)
    text = "0 0 1" + " " * (size - 5)
    assert outcome(root.write, map_file(child_of(root)), text) == (size if size < 4096 else "EINVAL")


def test_map_is_written_at_its_beginning(kernel: Kernel) -> None:
    """R052(1): a second write through one descriptor is at another position, which beats all other tests."""
    root = root_of(kernel)
    fd = root.open(map_file(child_of(root)), O_WRONLY)
    assert outcome(root.write, fd, "bad") == "EINVAL"
    assert outcome(root.write, fd, "0 0 1") == 5
    assert outcome(root.write, fd, "0 0 1") == "EINVAL"
    root.lseek(fd, 0)
    assert outcome(root.write, fd, "0 0 1") == "EPERM"


def test_map_has_no_pwrite(kernel: Kernel) -> None:
    """R050: pwrite(2) on a map is ESPIPE."""
    root = root_of(kernel)
    fd = root.open(map_file(child_of(root)), O_WRONLY)
    assert outcome(root.pwrite, fd, "0 0 1", 0) == "ESPIPE"


@pytest.mark.parametrize("name", ["uid_map", "gid_map", "projid_map"])
@pytest.mark.parametrize("text", ["0 0 1", "rubbish"])
def test_map_is_written_once(kernel: Kernel, name: str, text: str) -> None:
    """R052(3): a second map is EPERM, whatever it says."""
    root = root_of(kernel)
    path = map_file(child_of(root), name)
    assert root.write(path, "0 0 10") == 6
    assert outcome(root.write, path, text) == "EPERM"


def test_failed_write_leaves_the_chance(kernel: Kernel) -> None:
    """R052: a refused write does not use up the map."""
    alice = alice_of(kernel)
    path = map_file(child_of(alice))
    assert outcome(alice.write, path, "0 1001 1") == "EPERM"
    assert alice.write(path, "0 1000 1") == 8


@pytest.mark.parametrize("name", ["uid_map", "gid_map", "projid_map"])
@pytest.mark.parametrize("size", [5, 5000])
def test_initial_map_cannot_be_written(kernel: Kernel, name: str, size: int) -> None:
    """R051: the map of the initial user namespace is EPERM, before the size is looked at."""
    assert outcome(root_of(kernel).write, f"/proc/self/{name}", "0 0 1".ljust(size)) == "EPERM"


@pytest.mark.parametrize("name", ["uid_map", "gid_map", "projid_map"])
@pytest.mark.parametrize("text", ["0 0 1", "rubbish"])
def test_grandparent_cannot_write(kernel: Kernel, name: str, text: str) -> None:
    """R051: a map is written from its own user namespace or from the parent, no further."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    grandchild = child.clone(CLONE_NEWUSER)
    assert outcome(root.write, map_file(grandchild, name), text) == "EPERM"
    child.write("/proc/self/projid_map", "0 0 10")
    assert outcome(child.write, map_file(grandchild, name), text) == (5 if text == "0 0 1" else "EINVAL")


def test_grandparent_can_deny(kernel: Kernel) -> None:
    """R051: setgroups has no such rule."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    grandchild = child.clone(CLONE_NEWUSER)
    assert root.write(map_file(grandchild, "setgroups"), "deny") == 4


@pytest.mark.parametrize(
    ("name", "expected"), [("uid_map", "EPERM"), ("gid_map", "EPERM"), ("projid_map", 5)]
)
def test_own_map_without_sys_admin(kernel: Kernel, name: str, expected: int | str) -> None:
    """R052(4): uid_map and gid_map need CAP_SYS_ADMIN over the namespace; projid_map does not."""
    root = root_of(kernel)
    child = child_of(root)
    child.capset(FULL & ~(1 << CAP_SYS_ADMIN), FULL & ~(1 << CAP_SYS_ADMIN))
    child.prctl(4, 1)
    assert outcome(child.write, f"/proc/self/{name}", "0 0 1") == expected


@pytest.mark.parametrize("text", ["rubbish", "0 5 5"])
def test_sys_admin_is_asked_before_the_text(kernel: Kernel, text: str) -> None:
    """R052(4): without CAP_SYS_ADMIN over the namespace bad text is EPERM, too."""
    child = child_of(root_of(kernel))
    child.capset(0, 0)
    child.prctl(4, 1)
    assert outcome(child.write, "/proc/self/uid_map", text) == "EPERM"


@pytest.mark.parametrize(
    ("caps", "uid", "gid"),
    [
        ((), "EPERM", "EPERM"),
        ((CAP_SETUID,), 6, "EPERM"),
        ((CAP_SETGID,), "EPERM", 6),
        ((CAP_SYS_ADMIN,), "EPERM", "EPERM"),
        ((CAP_SETUID, CAP_SETGID), 6, 6),
    ],
)
def test_arbitrary_ids_need_a_capability(
    kernel: Kernel, caps: tuple[int, ...], uid: int | str, gid: int | str
) -> None:
    """R054(d): mapping foreign IDs needs CAP_SETUID or CAP_SETGID in the parent user namespace."""
    parent = kernel.process(uid=1000, gid=1000, caps=caps)
    child = child_of(parent)
    assert outcome(parent.write, map_file(child), "0 5 10") == uid
    assert outcome(parent.write, map_file(child, "gid_map"), "0 5 10") == gid


@pytest.mark.parametrize(
    ("caps", "text", "expected"),
    [
        ((CAP_SETUID,), "0 0 1", "EPERM"),
        ((CAP_SETUID, CAP_SETFCAP), "0 0 1", 5),
        ((CAP_SETUID,), "0 1 1", 5),
        ((CAP_SETUID,), "0 1 5\n10 0 1", "EPERM"),
        ((CAP_SETUID, CAP_SETFCAP), "0 1 5\n10 0 1", 12),
    ],
)
def test_root_map_needs_setfcap(
    kernel: Kernel, caps: tuple[int, ...], text: str, expected: int | str
) -> None:
    """R054(a): mapping user ID 0 of the parent needs CAP_SETFCAP there."""
    parent = kernel.process(uid=1000, gid=1000, caps=caps)
    assert outcome(parent.write, map_file(child_of(parent)), text) == expected


@pytest.mark.parametrize(("name", "expected"), [("uid_map", "EPERM"), ("gid_map", "EPERM")])
def test_own_root_map_remembers_setfcap(kernel: Kernel, name: str, expected: str) -> None:
    """R054(a): a process that maps its own namespace must have had CAP_SETFCAP when it made it."""
    root = root_of(kernel)
    root.capset(root.capget().effective & ~(1 << CAP_SETFCAP), root.capget().permitted)
    root.unshare(CLONE_NEWUSER)
    assert outcome(root.write, f"/proc/self/{name}", "0 0 1") == expected


def test_own_root_map_with_setfcap(kernel: Kernel) -> None:
    """R021, R054(a): with CAP_SETFCAP at that time, root maps itself."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWUSER)
    assert root.write("/proc/self/uid_map", "0 0 1") == 5


def test_own_gid_needs_deny(kernel: Kernel) -> None:
    """R054(b): one's own group is mapped without privilege only once setgroups is denied."""
    alice = alice_of(kernel)
    child = child_of(alice)
    assert outcome(alice.write, map_file(child, "gid_map"), "0 1000 1") == "EPERM"
    assert alice.write(map_file(child, "setgroups"), "deny") == 4
    assert alice.write(map_file(child, "gid_map"), "0 1000 1") == 8


def test_own_gid_is_the_effective_one(kernel: Kernel) -> None:
    """R054(b): supplementary groups cannot be mapped without privilege."""
    alice = kernel.process(uid=1000, gid=1000, groups=(2000,))
    child = child_of(alice)
    alice.write(map_file(child, "setgroups"), "deny")
    assert outcome(alice.write, map_file(child, "gid_map"), "0 2000 1") == "EPERM"


def test_own_uid_is_the_effective_one(kernel: Kernel) -> None:
    """R054(b): the ID that is mapped is the effective one of whoever opened the file."""
    root = root_of(kernel)
    root.setresuid(1000, 1001, 1000)
    root.prctl(4, 1)
    child = child_of(root)
    assert outcome(root.write, map_file(child), "0 1000 1") == "EPERM"
    assert root.write(map_file(child), "0 1001 1") == 8


def test_only_the_owner_maps_its_own_id(kernel: Kernel) -> None:
    """R054(b): the effective user of the writer is the owner of the namespace."""
    root = root_of(kernel)
    child = child_of(root)
    child_pid = child.pid
    other = kernel.process(uid=0, gid=0, caps=())
    assert outcome(other.write, f"/proc/{child_pid}/uid_map", "0 0 1") == "EPERM"


@pytest.mark.parametrize("text", ["7 9 1", "0 0 10", "0 100 3\n5 200 1"])
def test_projid_map_needs_nothing(kernel: Kernel, text: str) -> None:
    """R054(c): project IDs are mapped without privilege."""
    child = child_of(alice_of(kernel))
    assert child.write("/proc/self/projid_map", text) == len(text)


def test_opener_and_writer_need_the_capability(kernel: Kernel) -> None:
    """R054(d): the capability is asked of whoever opened the file, and of whoever writes."""
    root = root_of(kernel)
    child = child_of(root)
    fd = root.open(map_file(child), O_WRONLY)
    root.capset(root.capget().effective & ~(1 << CAP_SETUID), root.capget().permitted)
    assert outcome(root.write, fd, "0 5 10") == "EPERM"
    root.capset(root.capget().permitted, root.capget().permitted)
    assert root.write(fd, "0 5 10") == 6


def test_descriptor_of_an_unprivileged_opener(kernel: Kernel) -> None:
    """R054: a privileged process that writes to a descriptor of another lends it no privilege."""
    root = kernel.process(uid=0, gid=0)
    root.setresuid(1000, 1000, 0)
    root.prctl(4, 1)
    child = child_of(root)
    fd = root.open(map_file(child), O_WRONLY)
    root.setresuid(-1, 0, -1)
    assert root.geteuid() == 0
    assert outcome(root.write, fd, "0 5 10") == "EPERM"
    assert root.write(fd, "0 1000 1") == 8


def test_ids_must_be_mapped_in_the_parent(kernel: Kernel) -> None:
    """R052(8): the IDs must exist in the parent user namespace."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWUSER, uid_map="0 0 10", gid_map="0 0 10")
    path = map_file(child.clone(CLONE_NEWUSER))
    assert outcome(child.write, path, "0 10 1") == "EPERM"
    assert outcome(child.write, path, "0 5 6") == "EPERM"
    assert child.write(path, "0 5 5") == 5


def test_line_lies_in_one_line_of_the_parent(kernel: Kernel) -> None:
    """R003: a range across two lines of the parent's map has no mapping, even where they adjoin."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWUSER, uid_map="0 0 5\n5 5 5", gid_map="0 0 10")
    path = map_file(child.clone(CLONE_NEWUSER))
    assert outcome(child.write, path, "0 0 10") == "EPERM"
    assert child.write(path, "0 0 5\n5 5 5") == 11


@pytest.mark.parametrize(
    ("uid_map", "pairs"),
    [
        ("0 100000 10", [(0, 100000), (9, 100009)]),
        ("5 100000 1\n0 1 1", [(5, 100000), (0, 1)]),
        ("\n".join(f"{n} {n + 100000} 1" for n in range(8)), [(0, 100000), (7, 100007)]),
    ],
    ids=["one", "two", "eight"],
)
def test_ids_are_translated(kernel: Kernel, uid_map: str, pairs: list[tuple[int, int]]) -> None:
    """R003, R004: an ID inside stands for one outside, in maps of few and of many lines."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWUSER, uid_map=uid_map, gid_map="0 0 10")
    for inside, outside in pairs:
        other = child.fork()
        other.setresuid(inside, inside, inside)
        line = next(
            text for text in root.read(f"/proc/{other.pid}/status").splitlines() if text.startswith("Uid:")
        )
        assert line.split("\t")[1:] == [str(outside)] * 4


def test_map_as_the_parent_sees_it(kernel: Kernel) -> None:
    """R055: the second number is one of the reader's namespace, or of the parent for a reader inside."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWUSER, uid_map="0 0 1\n1 100001 99", gid_map="0 0 10")
    grandchild = child.clone(CLONE_NEWUSER, uid_map="0 50 1", gid_map="0 0 1")
    assert grandchild.read("/proc/self/uid_map").split() == ["0", "50", "1"]
    assert child.read(map_file(grandchild)).split() == ["0", "50", "1"]
    assert root.read(map_file(grandchild)).split() == ["0", "100050", "1"]


def test_map_as_a_stranger_sees_it(kernel: Kernel) -> None:
    """R055: an outside ID without a number in the reader's namespace reads as 4294967295."""
    root = root_of(kernel)
    one = root.clone(CLONE_NEWUSER, uid_map="0 100000 10", gid_map="0 100000 10")
    other = root.clone(CLONE_NEWUSER, uid_map="0 200000 10", gid_map="0 200000 10")
    assert one.read(map_file(other)).split() == ["0", "4294967295", "10"]


def test_map_of_a_descriptor_is_that_of_the_opening(kernel: Kernel) -> None:
    """R050: a descriptor keeps the user namespace that the process was in when it was opened."""
    alice = alice_of(kernel)
    fd = alice.open("/proc/self/uid_map", O_RDONLY)
    alice.unshare(CLONE_NEWUSER)
    assert alice.read(fd).decode() == IDENTITY
    assert alice.read("/proc/self/uid_map") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deny", 4), ("allow", 5), ("deny\n", 5), ("deny   ", 7), ("allow\n", 6), ("deny\0xx", 7),
        ("allow \t", 7), ("", "EINVAL"), ("den", "EINVAL"), ("DENY", "EINVAL"), ("denyx", "EINVAL"),
        ("deny x", "EINVAL"), ("allowed", "EINVAL"), ("deny    ", "EINVAL"), ("allow   ", "EINVAL"),
        (" deny", "EINVAL"), ("1", "EINVAL"),
    ],
)  # fmt: skip
def test_text_of_setgroups(kernel: Kernel, text: str, expected: int | str) -> None:
    """R056: the file takes "allow" or "deny", with white space after it, in fewer than eight bytes."""
    alice = alice_of(kernel)
    assert outcome(alice.write, map_file(child_of(alice), "setgroups"), text) == expected


def test_setgroups_is_written_at_its_beginning(kernel: Kernel) -> None:
    """R056(1): a second write through one descriptor is EINVAL."""
    root = root_of(kernel)
    fd = root.open(map_file(child_of(root), "setgroups"), O_WRONLY)
    assert root.write(fd, "allow") == 5
    assert outcome(root.write, fd, "allow") == "EINVAL"


def test_denied_stays_denied(kernel: Kernel) -> None:
    """R056(4): what was denied cannot be allowed, but be denied again."""
    alice = alice_of(kernel)
    path = map_file(child_of(alice), "setgroups")
    assert alice.write(path, "deny") == 4
    assert outcome(alice.write, path, "allow") == "EPERM"
    assert alice.write(path, "deny") == 4
    assert alice.read(path) == "deny\n"


def test_nothing_is_denied_after_gid_map(kernel: Kernel) -> None:
    """R056(4): after gid_map "deny" is EPERM and "allow" changes nothing."""
    root = root_of(kernel)
    child = root.clone(CLONE_NEWUSER, uid_map="0 0 1", gid_map="0 0 1")
    assert outcome(root.write, map_file(child, "setgroups"), "deny") == "EPERM"
    assert root.write(map_file(child, "setgroups"), "allow") == 5


def test_deny_in_the_initial_namespace(kernel: Kernel) -> None:
    """R056(4): the initial user namespace has its gid_map, so nothing is denied there."""
    assert outcome(root_of(kernel).write, "/proc/self/setgroups", "deny") == "EPERM"
    assert outcome(root_of(kernel).write, "/proc/self/setgroups", "allow") == 5


def test_denied_twice_after_gid_map(kernel: Kernel) -> None:
    """R056(4): even where it is denied already, "deny" after gid_map is EPERM."""
    child = mapped_child_of(alice_of(kernel))
    assert child.read("/proc/self/setgroups") == "deny\n"
    assert outcome(child.write, "/proc/self/setgroups", "deny") == "EPERM"


def test_deny_is_inherited(kernel: Kernel) -> None:
    """R021: a new user namespace begins with the setgroups of its parent."""
    child = mapped_child_of(alice_of(kernel))
    assert child_of(child).read("/proc/self/setgroups") == "deny\n"


@pytest.mark.parametrize("flags", [O_WRONLY, O_RDWR])
def test_writing_setgroups_needs_sys_admin(kernel: Kernel, flags: int) -> None:
    """R050: opening setgroups for writing needs CAP_SYS_ADMIN over the namespace."""
    child = child_of(alice_of(kernel))
    child.capset(0, 0)
    child.prctl(4, 1)
    assert outcome(child.open, "/proc/self/setgroups", flags) == "EACCES"
    assert isinstance(child.open("/proc/self/setgroups", O_RDONLY), int)
    assert isinstance(child.open("/proc/self/uid_map", flags), int)


def test_opening_a_map_needs_the_mode(kernel: Kernel) -> None:
    """R050, R110: another user's map file opens for reading only."""
    child = child_of(alice_of(kernel))
    other = kernel.process(uid=1001, gid=1001)
    assert outcome(other.open, map_file(child), O_WRONLY) == "EACCES"
    assert isinstance(other.open(map_file(child), O_RDONLY), int)


def test_capset_names(kernel: Kernel) -> None:
    """R022: the set inside a new user namespace is the full one of this kernel."""
    assert child_of(alice_of(kernel)).capget() == (CapSet(FULL), CapSet(FULL), CapSet(0))
