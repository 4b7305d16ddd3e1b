"""nsdoc probe on hosts that refuse user namespaces or a part of them, simulated."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.probe.conftest import Hosts


def refused(found: dict[str, Any]) -> dict[str, str]:
    """The stages that were refused, with the error, or what else came of them."""
    return {
        stage["id"]: stage["errno"] or stage["reason"] for stage in found["stages"] if stage["result"] == "no"
    }


def causes(found: dict[str, Any], stage: str) -> list[tuple[str, str]]:
    """The causes of a stage, the surest first."""
    (one,) = (each for each in found["stages"] if each["id"] == stage)
    return [(cause["id"], cause["likelihood"]) for cause in one["causes"]]


def lacking(found: dict[str, Any]) -> set[str]:
    """The features that are not here."""
    return {name for name, feature in found["features"].items() if not feature["here"]}


@pytest.mark.parametrize("who", ["root", "user"])
def test_a_host_that_refuses_nothing(hosts: Hosts, who: str) -> None:
    """Where user namespaces work, every stage says yes and the exit status is 0."""
    status, found = hosts.probe("plain", who)
    assert (status, found["user_namespaces"], refused(found)) == (0, True, {})
    assert not {"user-namespaces", "nesting", "overlay"} & lacking(found)
    assert ("root" in lacking(found)) == (who == "user" or os.geteuid() != 0)


@pytest.mark.parametrize("who", ["root", "user"])
def test_a_seccomp_filter_as_in_a_container(hosts: Hosts, who: str) -> None:
    """EPERM from a filter is told from other EPERMs by the filter that is active: likely, not certain."""
    status, found = hosts.probe("seccomp", who)
    assert (status, found["user_namespaces"], found["caller"]["seccomp"]) == (3, False, 2)
    assert refused(found) == {"unshare": "EPERM", "clone": "EPERM", "clone3": "ENOSYS"}
    for stage in refused(found):
        assert causes(found, stage)[0] == ("seccomp", "likely")
    assert found["features"]["overlay"]["reason"].startswith("it takes user-namespaces")
    assert found["features"]["overlay"]["causes"] == []


def test_a_seccomp_filter_that_kills(hosts: Hosts) -> None:
    """A probe survives a filter that kills, and says that one does."""
    status, found = hosts.probe("seccomp-kill", "user")
    assert status == 3
    assert refused(found) == {"unshare": "the process was killed by SIGSYS"}
    assert causes(found, "unshare") == [("killed-by-seccomp", "likely")]


def test_a_container_that_only_hides_clone3(hosts: Hosts) -> None:
    """Without clone3(2) user namespaces work; it is told, and the exit status is 0."""
    status, found = hosts.probe("no-clone3", "user")
    assert (status, refused(found)) == (0, {"clone3": "ENOSYS"})


def test_a_chroot_seen_by_root(hosts: Hosts) -> None:
    """Root can tell a chroot for certain, though the same files are there."""
    status, found = hosts.probe("chroot", "root")
    assert (status, found["caller"]["chroot"]) == (3, True)
    assert refused(found) == {"unshare": "EPERM", "clone": "EPERM", "clone3": "EPERM"}
    assert causes(found, "unshare") == [("chroot", "certain")]


def test_a_chroot_seen_by_a_user(hosts: Hosts) -> None:
    """An ordinary user cannot tell: a chroot is possible, and a seccomp filter is not, as there is none."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root can enter a chroot")
    status, found = hosts.probe("chroot", "user")
    assert (status, found["caller"]["chroot"]) == (3, None)
    assert causes(found, "unshare")[0] == ("chroot", "possible")
    assert "seccomp" not in dict(causes(found, "unshare"))


@pytest.mark.parametrize("who", ["root", "user"])
def test_a_limit_of_zero(hosts: Hosts, who: str) -> None:
    """ENOSPC with user.max_user_namespaces at 0 is that limit, for certain."""
    status, found = hosts.probe("limit", who)
    assert (status, found["sysctls"]["user.max_user_namespaces"]) == (3, "0")
    assert refused(found) == {"unshare": "ENOSPC", "clone": "ENOSPC", "clone3": "ENOSPC"}
    assert causes(found, "unshare") == [("limit", "certain")]


@pytest.mark.parametrize("who", ["root", "user"])
def test_a_caller_that_is_not_mapped(hosts: Hosts, who: str) -> None:
    """EPERM for a caller whose IDs are not mapped in its own user namespace is that, for certain."""
    status, found = hosts.probe("unmapped", who)
    assert (status, found["caller"]["uid_mapped"], found["caller"]["gid_mapped"]) == (3, False, False)
    assert causes(found, "unshare") == [("unmapped", "certain")]


def test_a_process_that_is_not_dumpable(hosts: Hosts) -> None:
    """EACCES at a file of /proc is told from others by the process not being dumpable."""
    status, found = hosts.probe("not-dumpable", "user")
    assert (status, refused(found)) == (3, {"setgroups": "EACCES"})
    assert causes(found, "setgroups") == [("not-dumpable", "certain")]
    assert [stage["id"] for stage in found["stages"] if stage["result"] == "untried"][:2] == [
        "uid_map",
        "gid_map",
    ]


def test_no_new_privs_does_not_matter_to_namespaces(hosts: Hosts) -> None:
    """With no_new_privs user namespaces work; programs that would gain privilege do not, and that is why."""
    status, found = hosts.probe("no-new-privs", "user")
    assert (status, found["caller"]["no_new_privs"]) == (0, True)
    assert found["features"]["file-capabilities"]["causes"][0]["id"] == "no-new-privs"


def test_no_new_privs_of_root(hosts: Hosts) -> None:
    """The set-user-ID bit is not honoured with no_new_privs, and the reason says what was seen."""
    status, found = hosts.probe("no-new-privs", "root")
    feature = found["features"]["set-user-id"]
    assert (status, feature["here"]) == (0, False)
    assert "is 1000, where it should be 1001" in feature["reason"]
    assert feature["causes"][0]["likelihood"] == "certain"


@pytest.mark.parametrize("who", ["root", "user"])
def test_threads_of_the_caller(hosts: Hosts, who: str) -> None:
    """A second thread keeps the caller itself from user namespaces, not the processes of examples."""
    status, found = hosts.probe("threads", who)
    assert (status, found["caller"]["threads"]) == (0, 2)
    assert refused(found) == {"threads": "EINVAL"}
    assert causes(found, "threads") == [("threads", "certain")]


def test_root_without_setfcap(hosts: Hosts) -> None:
    """Root without CAP_SETFCAP creates a user namespace and cannot map user ID 0 into it."""
    status, found = hosts.probe("no-setfcap", "root")
    assert (status, refused(found)) == (3, {"uid_map": "EPERM"})
    assert causes(found, "uid_map") == [("no-setfcap", "certain")]


@pytest.mark.parametrize("who", ["root", "user"])
def test_root_of_a_rootless_container(hosts: Hosts, who: str) -> None:
    """User ID 0 without other IDs has user namespaces, and cannot start processes of other users."""
    status, found = hosts.probe("rootless", who)
    assert (status, found["caller"]["uid"], found["caller"]["ids"]) == (0, 0, 1)
    assert found["features"]["root"]["causes"][0]["id"] == "few-ids"


def test_a_masked_proc(hosts: Hosts) -> None:
    """Where parts of /proc are hidden, it cannot be mounted anew in a user namespace."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root can mount on /proc")
    status, found = hosts.probe("masked-proc", "user")
    assert status == 0
    assert found["features"]["proc-mounts"]["errno"] == "EPERM"
    assert found["features"]["proc-mounts"]["causes"][0]["id"] == "masked-proc"


def test_root_that_cannot_isolate(hosts: Hosts) -> None:
    """Root without CAP_SYS_ADMIN has user namespaces, and examples are not isolated."""
    status, found = hosts.probe("no-namespaces-of-mounts", "root")
    assert status == 0
    assert {"isolation", "all-capabilities", "idmapped-mounts"} <= lacking(found)
    assert found["features"]["isolation"]["causes"][0]["id"] == "not-root"
