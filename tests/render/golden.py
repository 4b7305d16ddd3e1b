"""The situations of tests/golden and their pages, as Sphinx builds them."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes

GOLDEN = Path(__file__).parent.parent / "golden"


@dataclass(frozen=True)
class Situation:
    """A folder of tests/golden: ``input.rst`` and what is expected of it."""

    folder: Path

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name

    @property
    def source(self) -> Path:
        """The source."""
        return self.folder / "input.rst"

    @property
    def page(self) -> str:
        """The file of its page below a build's output."""
        return f"man7/{self.name.replace('-', '_')}.7"


SITUATIONS = tuple(Situation(folder.parent) for folder in sorted(GOLDEN.glob("*/input.rst")))


@dataclass(frozen=True)
class Build:
    """A finished build of all situations."""

    directory: Path

    def text(self, situation: Situation) -> str:
        """The page of a situation."""
        return (self.directory / situation.page).read_text("ascii")

    def tree(self, situation: Situation) -> nodes.document:
        """The document tree that the page was made from."""
        tree = pickle.loads((self.directory / f"{situation.name}.tree").read_bytes())
        assert isinstance(tree, nodes.document)
        return tree


_STRICT = ("-q", "-W", "--keep-going")


def built(directory: Path) -> Build:
    """Build the pages of all situations below `directory`."""
    source = directory / "source"
    shutil.copytree(GOLDEN, source)
    (source / "index.rst").write_text("Index\n=====\n\n.. toctree::\n   :glob:\n\n   */input\n")
    (source / "conf.py").write_text(_CONF)
    command = [sys.executable, "-m", "sphinx", *_STRICT, "-b", "nsman", str(source), str(directory / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Build(directory / "out")


_CONF = """
import pickle
from pathlib import Path

project = ""
extensions = ["nsdoc.sphinx_ext"]
nsdoc_verify = False
suppress_warnings = ["image.not_readable"]

def keep(app, doctree, docname):
    if docname != "index":
        copy = doctree.deepcopy()
        copy.reporter = copy.settings = None
        Path(app.outdir, docname.partition("/")[0] + ".tree").write_bytes(pickle.dumps(copy))

def setup(app):
    app.connect("doctree-resolved", keep, priority=900)
"""
