"""Which causes fit a refusal, for hosts that cannot be simulated here."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc import abi
from nsdoc.abi import ERRNO
from nsdoc.backends.linux import host
from nsdoc.errors import Unavailable
from nsdoc.probe import Findings, Likelihood, Refusal, Stage
from nsdoc.probe.causes import RULES, ranked
from nsdoc.probe.children import Step, attempt
from nsdoc.probe.findings import ESSENTIAL, Caller, Facts, Host
from nsdoc.probe.stages import run
from nsdoc.process.features import FEATURES

LINUX = Host("Linux", "6.8.0", "#1 SMP", "x86_64", "Linux")
USER = Caller(1000, 1000)


def known_host(kind: str, system: str = "Linux") -> Facts:
    return Facts(Host(system, "4.4.0", "#1", "x86_64", kind), USER)


def best(stage: str, error: str, known: Facts) -> tuple[str, str]:
    """The first cause of a refusal."""
    first = ranked(Stage(stage, stage, Refusal(ERRNO[error])), known)[0]
    return first.id, str(first.likelihood)


def test_ubuntu_restricts_what_a_namespace_can_do() -> None:
    """Where AppArmor's sysctl is set, unshare() works and a map or a capability is refused."""
    known = Facts(LINUX, USER, {"kernel.apparmor_restrict_unprivileged_userns": "1"})
    assert best("uid_map", "EPERM", known) == ("apparmor", "likely")
    assert best("capability", "EPERM", known) == ("apparmor", "likely")
    inside = Facts(LINUX, USER, {}, "unprivileged_userns (enforce)")
    assert best("uid_map", "EACCES", inside) == ("apparmor", "certain")


def test_the_sysctl_does_not_concern_root() -> None:
    """Whoever has CAP_SYS_ADMIN is not told of restrictions of ordinary users."""
    sysctls = {"kernel.apparmor_restrict_unprivileged_userns": "1", "kernel.unprivileged_userns_clone": "0"}
    root = Facts(LINUX, Caller(0, 0, 1 << abi.CAP_SYS_ADMIN | 1 << abi.CAP_SETFCAP), sysctls)
    assert ranked(Stage("uid_map", "", Refusal(ERRNO["EPERM"])), root) == ()
    assert best("unshare", "EPERM", root)[0] == "chroot"


def test_the_sysctl_of_debian() -> None:
    """kernel.unprivileged_userns_clone at 0 explains EPERM for certain."""
    known = Facts(LINUX, USER, {"kernel.unprivileged_userns_clone": "0"})
    assert best("unshare", "EPERM", known) == ("userns-clone-sysctl", "certain")


@pytest.mark.parametrize(
    ("known", "error", "cause"),
    [
        (known_host("WSL 1"), "EINVAL", ("wsl-1", "certain")),
        (known_host("gVisor"), "EINVAL", ("gvisor", "likely")),
        (known_host("Linux"), "EINVAL", ("not-configured", "likely")),
        (known_host("Linux"), "ENOSPC", ("limit", "likely")),
        (known_host("Linux"), "EUSERS", ("limit", "likely")),
        (known_host("Linux"), "EAGAIN", ("processes", "likely")),
        (known_host("Linux"), "ENOMEM", ("memory", "likely")),
        (known_host("Linux"), "EACCES", ("security-module", "possible")),
        (known_host("Darwin", "Darwin"), "ENOSYS", ("not-linux", "certain")),
    ],
)
def test_other_hosts(known: Facts, error: str, cause: tuple[str, str]) -> None:
    """WSL 1, gVisor, other systems and kernels without user namespaces each have their explanation."""
    assert best("unshare", error, known) == cause


def test_a_confined_caller_makes_a_security_module_likely() -> None:
    """A label other than unconfined makes a security module the likely cause."""
    confined = Facts(LINUX, Caller(1000, 1000, profile="snap.code (enforce)"))
    assert best("unshare", "EACCES", confined) == ("security-module", "likely")


@pytest.mark.parametrize(
    ("feature", "error", "cause"),
    [
        ("overlay", "ENODEV", "no-such-filesystem"),
        ("overlay", "EPERM", "old-kernel"),
        ("idmapped-mounts", "EINVAL", "filesystem-without-idmap"),
        ("time-namespaces", "EINVAL", "without-type"),
        ("uts-namespaces", "ENOSPC", "limit-of-type"),
        ("keyrings", "ENOSYS", "no-keys"),
    ],
)
def test_features_have_causes_too(feature: str, error: str, cause: str) -> None:
    """A feature that is refused has its own likely causes."""
    root = Facts(LINUX, Caller(0, 0, 1 << abi.CAP_SYS_ADMIN))
    assert best(feature, error, root)[0] == cause


def test_tracing_and_yama() -> None:
    """Yama's sysctl explains that others cannot be traced."""
    assert best("tracing", "EPERM", Facts(LINUX, USER, {"kernel.yama.ptrace_scope": "1"})) == (
        "yama",
        "certain",
    )
    assert ranked(Stage("tracing", "", Refusal(ERRNO["EPERM"])), Facts(LINUX, USER)) == ()


@given(
    stage=st.sampled_from(sorted({*ESSENTIAL, *FEATURES, "clone3", "threads"})),
    error=st.sampled_from(sorted(ERRNO)),
    seccomp=st.sampled_from((0, 1, 2)),
    chroot=st.sampled_from((None, True, False)),
    mapped=st.booleans(),
    caps=st.integers(0, (1 << 41) - 1),
    limit=st.sampled_from(("", "0", "100", "nonsense")),
)
def test_causes_are_ranked_for_any_refusal(
    stage: str, error: str, seccomp: int, chroot: bool | None, mapped: bool, caps: int, limit: str
) -> None:
    """Whatever is refused, causes come surest first, each once; what is certain leaves out the possible."""
    caller = Caller(1000, 1000, caps, seccomp=seccomp, chroot=chroot, uid_mapped=mapped)
    found = ranked(
        Stage(stage, "", Refusal(ERRNO[error])), Facts(LINUX, caller, {"user.max_user_namespaces": limit})
    )
    order = [list(Likelihood).index(cause.likelihood) for cause in found]
    assert order == sorted(order)
    assert len({cause.id for cause in found}) == len(found)
    if found and found[0].likelihood is Likelihood.CERTAIN:
        assert Likelihood.POSSIBLE not in {cause.likelihood for cause in found}
    if not mapped and error == "EPERM" and stage in ("unshare", "clone"):
        assert found[0].likelihood is Likelihood.CERTAIN


def test_rules_speak_clearly() -> None:
    """Every rule has an id of its own, a reason without a full stop and a next step with one."""
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        why = rule.why(Facts(LINUX, USER))
        assert why == why.rstrip(".")
        assert rule.look.endswith(".")


def test_a_stage_that_worked_has_no_cause() -> None:
    """What was not refused, or not tried, is not explained."""
    assert ranked(Stage("unshare", ""), Facts(LINUX, USER)) == ()
    assert ranked(Stage("overlay", "", Refusal(1), tried=False), Facts(LINUX, USER)) == ()


def test_steps_stop_at_the_first_refusal() -> None:
    """Steps are taken in a child up to the first that is refused; the rest is not tried."""

    def refuse() -> None:
        raise OSError(ERRNO["EBUSY"], "busy")

    def wrong() -> None:
        raise ValueError("it is another one")

    steps = [Step("one", "", lambda: None), Step("two", "", refuse), Step("three", "", lambda: None)]
    tried = attempt(steps, lambda: "never said").stages
    assert [(stage.works, stage.tried) for stage in tried] == [(True, True), (False, True), (False, False)]
    assert str(tried[1].refusal) == "EBUSY (Device or resource busy)"
    assert str(attempt([Step("one", "", wrong)]).stages[0].refusal) == "it is another one"
    assert attempt([steps[0]], lambda: "the end").said == "the end"


def test_a_child_that_ends_is_told() -> None:
    """A child that ends on the way is told from one that was refused."""
    tried = attempt([Step("one", "", lambda: os._exit(3)), Step("two", "", lambda: None)]).stages
    assert str(tried[0].refusal) == "the process ended"
    assert not tried[1].tried


def test_the_stages_that_matter_are_there() -> None:
    """Every stage on which the answer rests is among those that are tried."""
    assert {stage.id for stage in run().stages} >= ESSENTIAL


def test_nothing_found_is_not_enough() -> None:
    """Without stages, or with one that is not tried, user namespaces are not said to work."""
    assert not Findings(Facts(LINUX, USER), ()).user_namespaces
    assert not Findings(Facts(LINUX, USER), (Stage("unshare", "", tried=False),)).user_namespaces


def uname(system: str, release: str, version: str) -> os.uname_result:
    return os.uname_result((system, "host", release, version, "x86_64"))


GVISOR = uname("Linux", "4.4.0", "#1 SMP Sun Jan 10 15:06:54 PST 2016")


@pytest.mark.parametrize(
    ("system", "kind"),
    [
        (GVISOR, "gVisor"),
        (uname("Linux", "4.4.0-19041-Microsoft", "#1"), "WSL 1"),
        (uname("Linux", "5.15.90.1-microsoft-standard-WSL2", "#1"), "WSL 2"),
        (uname("Linux", "6.18.44", "#1"), "Linux"),
        (uname("Darwin", "23.1.0", ""), "Darwin"),
    ],
)
def test_kinds_of_hosts(system: os.uname_result, kind: str) -> None:
    """gVisor and WSL are told by what uname(2) says."""
    assert host.kind(system) == kind


@pytest.mark.parametrize("system", [GVISOR, uname("Darwin", "23.1.0", "")])
def test_no_verdict_on_linux_comes_from_elsewhere(
    monkeypatch: pytest.MonkeyPatch, system: os.uname_result
) -> None:
    """What only looks like Linux, or does not, gives no verdicts that are said to be Linux's."""
    monkeypatch.setattr(os, "uname", lambda: system)
    with pytest.raises(Unavailable, match="not Linux"):
        host.conditions()
