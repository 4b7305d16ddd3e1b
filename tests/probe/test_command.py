"""nsdoc probe as a command: what people read, what programs read, and the exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from nsdoc import cli, probe
from nsdoc.commands.probe import told
from nsdoc.probe import Findings, Likelihood, Refusal, Stage
from nsdoc.probe.findings import Caller, Cause, Facts, Host
from nsdoc.process.features import FEATURES
from nsdoc.terminal import Terminal

HOST = Host("Linux", "6.8.0", "#1 SMP", "x86_64", "gVisor")
CALLER = Caller(
    1000,
    1000,
    seccomp=2,
    no_new_privs=True,
    chroot=True,
    dumpable=False,
    threads=3,
    profile="tight (enforce)",
)
CAUSE = Cause(
    "seccomp",
    Likelihood.LIKELY,
    "a filter is active",
    "Look at Seccomp.",
    "troubleshooting#create-eperm",
)
REFUSED = Stage("unshare", "unshare(CLONE_NEWUSER)", Refusal(1), causes=(CAUSE,))
FINDINGS = Findings(
    Facts(HOST, CALLER, {"user.max_user_namespaces": "7"}),
    (REFUSED, Stage("uid_map", "write a map", tried=False)),
    (
        Stage("overlay", "overlays", Refusal(words="it takes user-namespaces: no"), tried=False),
        Stage("keyrings", "keys"),
    ),
)


REPORT = """\
Linux 6.8.0 x86_64 (gVisor)
user ID 1000, group ID 1000, without CAP_SYS_ADMIN, a seccomp filter, no_new_privs, in a chroot, \
not dumpable, 3 threads, confined as tight (enforce)

A user namespace, stage by stage:
  no  unshare(CLONE_NEWUSER): EPERM (Operation not permitted)
        likely: a filter is active.
            Look at Seccomp.
            More: troubleshooting#create-eperm
  -   write a map: not tried

What examples can ask for with :needs:
  -   overlay   overlays: not tried: it takes user-namespaces: no
  yes keyrings  keys

User namespaces do not work here: claims about them cannot be decided on this kernel."""


def text_of(found: Findings) -> str:
    return "\n".join(told(found, Terminal(io.StringIO(), "never")))


def test_people_read_stages_causes_and_a_closing_line() -> None:
    """The report names the circumstances, each stage with its error, the causes, and ends in a sentence."""
    assert text_of(FINDINGS) == REPORT


def test_a_host_without_linux_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """On another system nothing is tried, the model is named as the way on, and the exit status is 3."""
    facts = Facts(Host("Darwin", "23.1.0", "", "arm64", "Darwin"), Caller(501, 20))
    monkeypatch.setattr(probe.facts, "read", lambda: facts)
    found = probe.probe()
    assert not found.user_namespaces
    assert found.features == ()
    assert "nsdoc check --backend model" in text_of(found)


def test_json_has_all_of_it() -> None:
    """The JSON has schema 1, every stage and feature, and masks in hexadecimal."""
    dumped: dict[str, Any] = json.loads(json.dumps(FINDINGS.dump()))
    assert (dumped["schema"], dumped["user_namespaces"]) == (1, False)
    assert dumped["host"]["kind"] == "gVisor"
    assert dumped["caller"]["capabilities"] == "0x0"
    assert [stage["result"] for stage in dumped["stages"]] == ["no", "untried"]
    assert dumped["stages"][0]["errno"] == "EPERM"
    assert dumped["stages"][0]["causes"] == [
        {
            "id": "seccomp",
            "likelihood": "likely",
            "why": "a filter is active",
            "look": "Look at Seccomp.",
            "read": "troubleshooting#create-eperm",
        }
    ]
    assert dumped["features"]["keyrings"] == {
        "what": "keys",
        "here": True,
        "errno": "",
        "reason": "",
        "causes": [],
    }


def test_the_command_probes_this_host(capsys: pytest.CaptureFixture[str]) -> None:
    """Findings go to standard error, with --json to standard output; the exit status is that of the host."""
    status = cli.main(["probe", "--json"])
    output, errors = capsys.readouterr()
    found = json.loads(output)
    assert errors == ""
    assert set(found["features"]) == set(FEATURES)
    assert status == (0 if found["user_namespaces"] else 3)
    assert cli.main(["probe", "--color", "never"]) == status
    output, errors = capsys.readouterr()
    assert output == ""
    assert "stage by stage" in errors


@pytest.mark.parametrize(("options", "statuses"), [((), (0, 3)), (("--nonsense",), (2,))])
def test_the_command_is_a_program(options: tuple[str, ...], statuses: tuple[int, ...]) -> None:
    """python -m nsdoc probe works, and an option it does not know is a mistake of usage."""
    command = [sys.executable, "-m", "nsdoc", "probe", *options]
    assert subprocess.run(command, capture_output=True, check=False).returncode in statuses
