"""One source file in, one man page out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docutils import frontend, nodes
from docutils.readers.standalone import Reader

from nsdoc.manual.standins import STAND_INS
from nsdoc.page import Place
from nsdoc.problems import Code, Problem, SourceError
from nsdoc.render import Defaults, Translator, fragments, print_page
from nsdoc.render.roff import model
from nsdoc.source.lines import Lines
from nsdoc.source.parse import Tree, parse


@dataclass(frozen=True, slots=True)
class ManPage:
    """A rendered page: where it belongs, its roff, and what could not be shown as the source means it.

    `fragments` are the parts that the page names in its field ``:fragments:``.
    """

    path: str
    text: str
    problems: tuple[Problem, ...]
    fragments: tuple[fragments.Fragment, ...] = ()


def man_page(path: str | Path) -> ManPage:
    """The man page of a source.

    Raises:
        SourceError: the file cannot be read, or its markup is wrong.
    """
    document = read_document(path)
    page, problems = _translated(document)
    header = page.header
    where = f"man{header.section[:1]}/{header.name}.{header.section}"
    found, absent = fragments.fragments(page, _field(document, fragments.FIELD), str(path))
    return ManPage(where, print_page(page), (*problems, *absent), found)


def fragment(path: str | Path, name: str) -> str | None:
    """One part of a page as roff to paste into another: a heading with its text, or a tagged item.

    `name` is the heading, in any case, or the first word of the item's term; None where neither is there.

    Raises:
        SourceError: the file cannot be read, or its markup is wrong.
    """
    page, _ = _translated(read_document(path))
    return fragments.fragment(page, name)


def _translated(document: nodes.document) -> tuple[model.ManPage, tuple[Problem, ...]]:
    problems: list[Problem] = []
    page = Translator(problems.append).page(document, Defaults())
    return page, tuple(problems)


def _field(document: nodes.document, name: str) -> str:
    """The value of a field of the page, "" for none."""
    fields = (field.children for field in document.findall(nodes.field))
    return next((body.astext() for title, body in fields if title.astext().lower() == name), "")


def read_document(path: str | Path) -> nodes.document:
    """The document tree of a source, its references and footnotes resolved.

    Raises:
        SourceError: the file cannot be read, or its markup is wrong.
    """
    text = _text(Path(path))
    lines = Lines()
    lines.keep(str(path), text)
    tree: Tree = parse(text, str(path), lines, shown=STAND_INS, finish=_finish)
    if tree.problems:
        raise SourceError(tree.problems)
    return tree.document


def _text(path: Path) -> str:
    place = Place(str(path), 1)
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise SourceError([Problem(place, Code.NOT_UTF8, "the file is not UTF-8")]) from None
    except OSError as error:
        raise SourceError([Problem(place, Code.MISSING_FILE, f"cannot read it: {error.strerror}")]) from None


def _finish(document: nodes.document) -> None:
    """Resolve references, footnotes and substitutions, as docutils does when it reads a file by itself."""
    for name, value in vars(frontend.get_default_settings(Reader)).items():
        if not hasattr(document.settings, name):
            setattr(document.settings, name, value)
    document.transformer.add_transforms(Reader().get_transforms())
    document.transformer.apply_transforms()
