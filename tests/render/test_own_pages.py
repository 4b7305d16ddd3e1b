"""Every man page of our own, as the builder writes it: its words, its date, and what formatters say."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from docutils import nodes

from tests.render import formatters
from tests.render.oracle import document_words, is_decoration

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted(path.stem for path in (ROOT / "docs" / "man").glob("*.[1-8].rst")))

every_page = pytest.mark.parametrize("page", PAGES)

# The project's own configuration, which also keeps the document trees beside the pages made from them.
_CONF = """
import pickle
from pathlib import Path

exec(Path(ROOT, "conf.py").read_text("utf-8"))
nsdoc_verify = False
_own = setup

def setup(app):
    _own(app)
    app.connect("doctree-resolved", keep, priority=900)

def keep(app, doctree, docname):
    if docname.startswith("man/"):
        copy = doctree.deepcopy()
        copy.reporter = copy.settings = None
        Path(app.outdir, docname.partition("/")[2] + ".tree").write_bytes(pickle.dumps(copy))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, built without running any claim."""
    directory = tmp_path_factory.mktemp("own")
    (directory / "conf.py").write_text(f"ROOT = {str(ROOT)!r}\n{_CONF}")
    out = directory / "out"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "nsman", "-c", str(directory), "docs", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


def roff(built: Path, page: str) -> str:
    """The page such as ``clone.2``."""
    return (built / f"man{page[-1]}" / page).read_text("ascii")


@every_page
@pytest.mark.parametrize("formatter", ["mandoc", "groff"])
def test_no_word_is_lost(built: Path, page: str, formatter: str) -> None:
    """The words that a formatter shows are those of the document, and marks of lists."""
    show = formatters.mandoc_text if formatter == "mandoc" else formatters.groff_text
    tree = pickle.loads((built / f"{page}.tree").read_bytes())
    assert isinstance(tree, nodes.document)
    shown = formatters.words(show(roff(built, page)))
    promised = document_words(tree)
    assert promised - shown == Counter()
    assert {word for word in shown - promised if not is_decoration(word)} == set()


@every_page
def test_no_formatter_complains(built: Path, page: str) -> None:
    """mandoc has only its one line about the title, groff nothing at 60, 80 and 120 columns, man nothing."""
    assert formatters.complaints(roff(built, page)) == []
    assert formatters.man_complaints(roff(built, page)) == ""


@every_page
def test_every_page_has_its_own_date(page: str) -> None:
    """The date is in the source, so that a page is the same whenever it is built."""
    assert (ROOT / "docs" / "man" / f"{page}.rst").read_text("utf-8").startswith(":date: 20")


def test_there_is_a_page_for_each_source(built: Path) -> None:
    """The builder writes the pages of docs/man, and no other."""
    assert {path.name for path in built.glob("man?/*")} == set(PAGES)
