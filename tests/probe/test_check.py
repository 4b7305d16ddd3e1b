"""nsdoc check on hosts that refuse user namespaces: nothing is refuted that the kernel has not been asked."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.probe.conftest import Hosts

PAGE = """\
=======
page(7)
=======

NAME
====

page - claims on a host that refuses

DESCRIPTION
===========

.. claim:: needs-a-user-namespace

   A user namespace can be created.

   .. example::

      child = kernel.process().clone(CLONE_NEWUSER)
      assert child.getpid()

.. claim:: expects-another-error

   It can be refused.

   .. example::

      with fails(EEXIST):
          kernel.process().unshare(CLONE_NEWUSER)

.. claim:: needs-none

   There are processes.

   .. example::

      assert kernel.process().getpid()

.. claim:: wrong-for-another-reason

   There are none.

   .. example::

      assert not kernel.process().getpid()
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory where an ordinary user can write, with a page."""
    path = Path(tempfile.mkdtemp(prefix="nsdoc-test-"))
    path.chmod(0o777)
    (path / "page.7.rst").write_text(PAGE, encoding="utf-8")
    (path / "page.7.rst").chmod(0o644)
    yield path
    shutil.rmtree(path)


def verdicts(hosts: Hosts, directory: Path, circumstances: str) -> dict[str, tuple[str, str]]:
    """The verdicts on the claims of the page, each with its reason, by the id of its claim."""
    command = ("check", str(directory / "page.7.rst"), "--backend", "linux", "-k", "page", "--json", "-")
    done = hosts.run(circumstances, "user", *command)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)["verdicts"]
    return {each["claim"].partition("#")[2]: (each["verdict"], each["reason"]) for each in found}


@pytest.mark.parametrize("circumstances", ["seccomp", "limit", "unmapped"])
def test_what_a_host_forbids_is_unavailable(hosts: Hosts, directory: Path, circumstances: str) -> None:
    """What fails for want of user namespaces is unavailable, not refuted; other claims are decided."""
    found = verdicts(hosts, directory, circumstances)
    for name in ("needs-a-user-namespace", "expects-another-error"):
        verdict, reason = found[name]
        assert verdict == "unavailable"
        assert reason.startswith("user namespaces do not work on this host: clone() was refused with E")
    assert found["needs-none"][0] == "holds"
    assert found["wrong-for-another-reason"][0] == "refuted"


def test_where_they_work_a_wrong_claim_is_refuted(hosts: Hosts, directory: Path) -> None:
    """On a host that forbids nothing the same claims are decided."""
    found = verdicts(hosts, directory, "plain")
    kinds = [kind for kind, _ in found.values()]
    assert kinds == ["holds", "refuted", "holds", "refuted"]
