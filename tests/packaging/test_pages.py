"""What make install, uninstall and dist do with man pages, and that man finds what is installed."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from nsdoc.manual import man_page

ROOT = Path(__file__).parents[2]
SUFFIX = "nsdoc"
ALIASED = """\
:date: 2026-02-03

========
thing(7)
========

NAME
====

thing, other-thing, clone - what it is about, surely

DESCRIPTION
===========

A thing.
"""


def pages(action: str, *words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run tools/pages.py."""
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "pages.py", action, "--suffix", SUFFIX, *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], **env},
        timeout=60,
    )


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory as make man writes it: our pages, and one with several names."""
    directory = tmp_path_factory.mktemp("build")
    source = directory / "thing.7.rst"
    source.write_text(ALIASED, "utf-8")
    for path in (*sorted((ROOT / "docs" / "man").glob("*.rst")), source):
        page = man_page(path)
        target = directory / "man" / page.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page.text, "ascii")
    return directory / "man"


@pytest.fixture
def installed(build: Path, tmp_path: Path) -> Path:
    """The pages, installed in a directory."""
    mandir = tmp_path / "usr" / "share" / "man"
    done = pages("install", build, mandir)
    assert done.returncode == 0, done.stderr
    return mandir


def below(directory: Path) -> dict[str, bytes]:
    """The files below a directory."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_names_and_permissions(build: Path, installed: Path) -> None:
    """Each page is installed under its section with the suffix, for all to read, its text unchanged."""
    files = below(installed)
    for path in build.glob("man*/*"):
        assert files[f"{path.parent.name}/{path.name}{SUFFIX}"] == path.read_bytes()
    assert not any(name.endswith((".1", ".2", ".5", ".7")) for name in files)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in installed.rglob("*") if path.is_file()}
    assert modes == {0o644}


def test_umask_of_the_installer(build: Path, tmp_path: Path) -> None:
    """Pages can be read by all, whatever umask they are installed with."""
    script = f"umask 077; exec '{sys.executable}' '{ROOT}/tools/pages.py' install '{build}' '{tmp_path}/man'"
    subprocess.run(["sh", "-c", script], check=True, capture_output=True, timeout=60)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()} == {0o755}


def test_aliases(installed: Path) -> None:
    """Each further name of a page becomes a file that leads to it, though another section has that name."""
    files = below(installed)
    assert files["man7/other-thing.7nsdoc"] == files["man7/clone.7nsdoc"] == b".so man7/thing.7nsdoc\n"
    assert files["man2/clone.2nsdoc"].startswith(b"'\\\" t") or b".TH clone 2" in files["man2/clone.2nsdoc"]


def test_uninstall(build: Path, installed: Path) -> None:
    """Uninstall takes away what was installed, and nothing else."""
    stranger = installed / "man7" / "user_namespaces.7.gz"
    stranger.touch()
    done = pages("uninstall", build, installed)
    assert done.returncode == 0, done.stderr
    assert set(below(installed)) == {"man7/user_namespaces.7.gz"}
    assert pages("uninstall", build, installed).returncode == 0


@pytest.mark.parametrize("action", ["install", "uninstall", "dist"])
def test_without_pages(action: str, tmp_path: Path) -> None:
    """Where nothing has been built, that is said, and nothing is written."""
    done = pages(action, tmp_path / "none", tmp_path / "target")
    assert done.returncode == 1
    assert "no man page below" in done.stderr
    assert list(tmp_path.iterdir()) == []


# man-db


def man_db(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program of man-db in a plain environment."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "TERM": "dumb"}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=env, timeout=60)


@pytest.fixture
def indexed(installed: Path) -> Path:
    """The installed pages beside one of the manpages package, indexed by mandb."""
    if not all(map(shutil.which, ("man", "mandb", "whatis", "apropos"))):
        pytest.skip("needs man-db")
    for directory in (installed, *installed.parents[:4]):
        directory.chmod(0o755)  # mandb works as a user of its own.
    text = ".TH user_namespaces 7 2026-01-01 Linux\n.SH NAME\nuser_namespaces \\- of another package\n"
    (installed / "man7" / "user_namespaces.7").write_text(text, "ascii")
    done = man_db("mandb", "-q", "-c", installed)
    assert (done.returncode, done.stderr) == (0, "")
    return installed


def test_man_finds_both(indexed: Path) -> None:
    """man shows the page of the other package first, and ours by its section; -a shows both."""
    theirs, ours = indexed / "man7" / "user_namespaces.7", indexed / "man7" / "user_namespaces.7nsdoc"

    def where(*words: str) -> list[str]:
        return man_db("man", "-M", indexed, "-w", *words).stdout.split()

    assert where("user_namespaces") == [str(theirs)]
    assert where("7nsdoc", "user_namespaces") == [str(ours)]
    assert where("-a", "user_namespaces") == [str(theirs), str(ours)]
    assert where("nsdoc") == [str(indexed / "man1" / "nsdoc.1nsdoc")]
    assert where("5", "nsdoc") == [str(indexed / "man5" / "nsdoc.5nsdoc")]


def test_whatis_and_apropos(indexed: Path) -> None:
    """whatis knows every page by each of its names, and apropos finds it by a word of its purpose."""
    for path in indexed.glob("man*/*nsdoc"):
        name, _, section = path.name.rpartition(".")
        said = man_db("whatis", "-M", indexed, name)
        assert said.returncode == 0, path
        assert f"{name} ({section})" in said.stdout
    assert "thing (7nsdoc)" in man_db("apropos", "-M", indexed, "surely").stdout


def test_alias_is_shown(indexed: Path) -> None:
    """man shows the page under each of its names."""
    shown = man_db("man", "-M", indexed, "-P", "cat", "other-thing")
    assert shown.returncode == 0, shown.stderr
    assert "what it is about, surely" in shown.stdout


# The archive


def test_archive_is_the_same(build: Path, tmp_path: Path) -> None:
    """Two archives are the same, byte for byte, although the files they are made from are of other times."""
    again = tmp_path / "again"
    shutil.copytree(build, again)
    for path in again.rglob("*"):
        os.utime(path, (1, 1))
    archives = [tmp_path / "a" / "x-1.tar.gz", tmp_path / "b" / "x-1.tar.gz"]
    for directory, archive in zip((build, again), archives, strict=True):
        assert pages("dist", directory, archive).returncode == 0
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_archive_has_the_pages(build: Path, installed: Path, tmp_path: Path) -> None:
    """The archive has what install writes, in order, of nobody, and with the dates of the pages."""
    archive = tmp_path / "x-1.tar.gz"
    pages("dist", build, archive)
    with tarfile.open(archive) as tar:
        entries = tar.getmembers()
        texts = {entry.name: tar.extractfile(entry).read() for entry in entries}  # type: ignore[union-attr]
    assert texts == {f"x-1/{name}": text for name, text in below(installed).items()}
    assert list(texts) == sorted(texts)
    assert {(entry.uid, entry.gid, entry.uname, entry.mode) for entry in entries} == {(0, 0, "", 0o644)}
    dates = {entry.name: entry.mtime for entry in entries}
    assert dates["x-1/man7/thing.7nsdoc"] == dates["x-1/man7/other-thing.7nsdoc"] == 1770076800


def test_source_date_epoch(build: Path, tmp_path: Path) -> None:
    """No date in the archive is after SOURCE_DATE_EPOCH."""
    archive = tmp_path / "x-1.tar.gz"
    pages("dist", build, archive, SOURCE_DATE_EPOCH="1000000000")
    with tarfile.open(archive) as tar:
        assert max(entry.mtime for entry in tar) == 1000000000


# make


def make(*words: str) -> str:
    """What make would run."""
    command = ["make", "-n", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ((), "/usr/local/share/man"),
        (("DESTDIR=/stage", "prefix=/usr"), "/stage/usr/share/man"),
        (("DESTDIR=/stage", "mandir=/opt/man", "MANSUFFIX=x"), "/stage/opt/man"),
    ],
)
@pytest.mark.parametrize("action", ["install", "uninstall"])
def test_variables_of_make(action: str, words: tuple[str, ...], target: str) -> None:
    """make install and make uninstall heed DESTDIR, prefix, mandir and MANSUFFIX."""
    suffix = "x" if "MANSUFFIX=x" in words else SUFFIX
    assert f'tools/pages.py {action} --suffix "{suffix}" build/man "{target}"' in make(action, *words)


def test_make_install_runs_no_claim() -> None:
    """Where pages have been written, make install runs no claim: root may not have to leave files behind."""
    assert not (ROOT / "build" / ".man").exists() or "nsdoc check" not in make("install")


def test_make_dist() -> None:
    """make dist writes an archive that is named after the version."""
    assert "build/nsdoc-man-" in make("dist")
