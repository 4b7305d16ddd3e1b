"""Projects to run the command line in; each test leaves the host as it was."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from nsdoc import cli
from tests.cli.project import Here, Project, Ran, Someone

_ROOT = Path(__file__).parents[2]
# A user ID that nobody has, so that its limits and signals concern nobody else.
_STRANGER = 48211
_FOR_ALL = 0o005
_COMPILED = shutil.ignore_patterns("__pycache__")
_MODULES = ("nsdoc", "docutils", "pygments")


@pytest.fixture(scope="session")
def caller() -> Someone:
    """The user who runs the tests."""
    return Someone("caller", None, sys.executable, _ROOT)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Someone]:
    """An ordinary user, with a copy of nsdoc that this user can read."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root can become another user")
    library = Path(tempfile.mkdtemp(prefix="nsdoc-tests-"))
    library.chmod(0o755)
    for name in _MODULES:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        shutil.copytree(Path(spec.origin).parent, library / name, ignore=_COMPILED)
    yield Someone("stranger", _STRANGER, _python_for_all(), library)
    shutil.rmtree(library)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of the test's own that every user can enter."""
    directory = Path(tempfile.mkdtemp(prefix="nsdoc-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def project(place: Path, caller: Someone) -> Iterator[Project]:
    """An empty project of the user who runs the tests."""
    yield from _clean(Project(place, caller))


@pytest.fixture
def nsdoc(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Here:
    """What runs the command line in `project`, in this process."""
    monkeypatch.chdir(project.directory)
    for name in ("CI", "GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(project.temporary))

    def run(*words: str, **env: str) -> Ran:
        with monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            try:
                status = cli.main(words)
            except SystemExit as ended:
                status = int(str(ended.code))
        return Ran(status, *capfd.readouterr())

    return run


@pytest.fixture
def others_project(place: Path, stranger: Someone) -> Iterator[Project]:
    """An empty project of an ordinary user."""
    yield from _clean(Project(place, stranger))


@pytest.fixture(params=["caller", "stranger"])
def anyones_project(request: pytest.FixtureRequest, place: Path) -> Iterator[Project]:
    """An empty project, of each of the two."""
    yield from _clean(Project(place, request.getfixturevalue(request.param)))


def _clean(project: Project) -> Iterator[Project]:
    with project.untouched():
        yield project


def _python_for_all() -> str:
    """An interpreter that every user can run."""
    for name in (sys.executable, "/usr/bin/python3"):
        path = Path(name).resolve()
        if path.exists() and all(map(_open_to_all, (path, *path.parents))):
            return str(path)
    pytest.skip("no interpreter that every user can run")


def _open_to_all(path: Path) -> bool:
    return path.stat().st_mode & _FOR_ALL == _FOR_ALL
