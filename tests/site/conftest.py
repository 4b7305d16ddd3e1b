"""Small projects for Sphinx to build, and a browser to look at them with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

CONF = """\
project = "small"
extensions = ["nsdoc.sphinx_ext"]
html_theme = "furo"
smartquotes = False
manpages_url = "https://example.org/{page}.{section}"
"""

GOOD = """\
small(7)
========

NAME
----

small - a page with a few claims

DESCRIPTION
-----------

.. claim:: has-a-pid
   :since: 2.6.23

   A process has an ID & it is positive.

   .. example::

      print(kernel.process().getpid() > 0)
      #> True

.. claim:: fork-gives-another
   :continue:

   A forked process has *another* one, see :manpage:`other(7)`.

   .. example::

      me = kernel.process()
      with fails(EBADF):
          me.close(99)
      assert me.fork().pid != me.pid

.. claim:: long-gone
   :until: 2.6.23

   This was so before there were namespaces.

   .. example::

      assert False

Errors are told apart by :const:`EPERM`.

**EPERM**
   Not permitted.

**EPERM** again
   Not permitted either.
"""

OTHER = """\
other(7)
========

NAME
----

other - another page

DESCRIPTION
-----------

.. claim:: root-directory

   A process starts in its scratch directory.
   See :manpage:`small(7)`, and elsewhere :manpage:`ls(1)`.

   .. example::

      print(kernel.process().getcwd() == kernel.scratch)
      #> True
"""


@dataclass(frozen=True)
class Project:
    """A directory with a `conf.py` and the sources in `docs`."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def build(self, *options: str, builder: str = "html") -> subprocess.CompletedProcess[str]:
        """What `sphinx-build` says; what it writes is in `out/BUILDER`."""
        command = [sys.executable, "-m", "sphinx", "-c", ".", "-b", builder]
        return subprocess.run(
            [*command, *options, "docs", f"out/{builder}"],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def page(self, name: str, builder: str = "html") -> str:
        return (self.root / "out" / builder / name).read_text(encoding="utf-8")


def a_project(root: Path) -> Project:
    project = Project(root)
    project.write("conf.py", CONF)
    project.write("docs/index.rst", "Small\n=====\n\n.. toctree::\n   :glob:\n\n   *.7\n")
    project.write("docs/small.7.rst", GOOD)
    project.write("docs/other.7.rst", OTHER)
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two pages whose claims hold, not yet built."""
    return a_project(tmp_path)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same project, built once; not to be changed."""
    project = a_project(tmp_path_factory.mktemp("built"))
    done = project.build("-W")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="session")
def dom(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """What a browser has made of the page at an address."""
    chromium = shutil.which("chromium")
    if chromium is None and os.environ.get("CI"):
        pytest.fail("chromium is missing, and on CI it must not be")
    if chromium is None:
        pytest.skip("chromium is not installed")
    quiet = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
        " --disable-background-networking --disable-component-update --disable-sync"
    ).split()

    def dump(address: str) -> str:
        profile = tmp_path_factory.mktemp("profile")
        command = [chromium, *quiet, f"--user-data-dir={profile}", "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    return dump
