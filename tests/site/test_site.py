"""Sphinx runs the claims of pages, shows their verdicts, and fails where one does not hold."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.site.conftest import GOOD, Project

KERNEL = re.escape(os.uname().release)


class Elements(HTMLParser):
    """The elements of a page: name, attributes, and the text within."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        self.found.append((tag, {name: value or "" for name, value in attrs}, words))
        self._open.append((tag, words))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, words in self._open:
            words.append(data)

    def text(self, tag: str, **wanted: str) -> list[str]:
        """The texts of the elements of that name whose attributes contain those words."""
        return [
            " ".join("".join(words).split())
            for name, attributes, words in self.found
            if name == tag
            and all(value in attributes.get(key.rstrip("_"), "").split() for key, value in wanted.items())
        ]


def verdicts(project: Project) -> Path:
    return project.root / "build" / "verdicts.json"


def written_at(project: Project) -> dict[str, int]:
    pages = (project.root / "out" / "html").glob("*.html")
    return {page.name: page.stat().st_mtime_ns for page in pages}


def change_claim(project: Project, old: str, new: str) -> None:
    assert old in GOOD
    project.write("docs/small.7.rst", GOOD.replace(old, new))


def test_each_claim_has_its_anchor(built: Project) -> None:
    """The id of a claim is the anchor of its very words."""
    page = Elements(built.page("small.7.html"))
    assert page.text("span", id="has-a-pid") == ["A process has an ID & it is positive."]
    assert page.text("span", id="fork-gives-another") == ["A forked process has another one, see other(7)."]


def test_verdict_is_shown_in_words(built: Project) -> None:
    """Behind a claim stands its verdict as a word; with its example all of it, with kernel and date."""
    page = Elements(built.page("small.7.html"))
    assert page.text("a", class_="nsdoc-mark") == [
        "holds: example of has-a-pid",
        "holds: example of fork-gives-another",
        "not applicable: example of long-gone",
    ]
    holds, again, gone = page.text("span", class_="nsdoc-verdict")
    assert re.fullmatch(rf"holds on Linux {KERNEL}, \d{{4}}-\d\d-\d\d", holds)
    assert again == holds
    assert re.match(rf"not applicable to Linux {KERNEL}: ", gone)
    assert page.text("span", class_="nsdoc-bounds") == ["since Linux 2.6.23"]


def test_claims_read_as_one_paragraph(built: Project) -> None:
    """A claim that continues stands in the paragraph of the one before; their examples follow it."""
    text = built.page("small.7.html")
    paragraph = text[text.index('id="has-a-pid"') : text.index('<div class="nsdoc-proofs">')]
    assert 'id="fork-gives-another"' in paragraph
    assert paragraph.count("<p>") == 0
    proofs = text[text.index('<div class="nsdoc-proofs">') :].partition("</div>\n<p>")[0]
    assert proofs.count("<details") == 2


def test_example_is_folded_and_highlighted(built: Project) -> None:
    """The example is inside a closed <details>, its output set apart from its code."""
    text = built.page("small.7.html")
    assert text.count("<details") == 3
    assert not re.search(r"<details[^>]* open", text)
    assert text.count("<pre") == text.count('<pre tabindex="0">') == 3
    page = Elements(text)
    assert page.text("span", class_="go") == ["#> True"]
    assert page.text("span", class_="no")[0] == "EBADF"
    (body,) = page.text("div", id="has-a-pid.example")
    assert "print(kernel.process().getpid() > 0)" in body
    assert "Permanent name: small(7)#has-a-pid" in body


def test_ids_are_unique_and_links_lead_somewhere(built: Project) -> None:
    """No id comes twice in a page, and each link into the page has a target."""
    for name in ("small.7.html", "other.7.html"):
        found = Elements(built.page(name)).found
        ids = [attributes["id"] for _, attributes, _ in found if "id" in attributes]
        assert len(ids) == len(set(ids))
        targets = {attributes.get("href", "") for tag, attributes, _ in found if tag == "a"}
        local = {target[1:] for target in targets if target.startswith("#") and len(target) > 1}
        assert local - set(ids) == set()


def test_name_heading_is_shown(built: Project) -> None:
    """NAME stands in the HTML, as in the man page."""
    text = built.page("small.7.html")
    assert re.search(r"<h2>NAME<", text)
    assert "small - a page with a few claims" in text


def test_terms_have_permalinks(built: Project) -> None:
    """Each term of a definition list can be linked to, the second of a name with a number."""
    page = Elements(built.page("small.7.html"))
    assert page.text("dt", id="EPERM") == ["EPERM¶"]
    assert page.text("dt", id="EPERM~2") == ["EPERM again¶"]
    assert 'href="#EPERM~2"' in built.page("small.7.html")


def test_pages_refer_to_each_other(built: Project) -> None:
    """A reference to a page of the project leads there, one to another page where `manpages_url` says."""
    page = Elements(built.page("other.7.html"))
    links = {
        "".join(words): attributes.get("href", "")
        for tag, attributes, words in page.found
        if tag == "a" and "manpage" in attributes.get("class", "")
    }
    assert links == {"small(7)": "small.7.html", "ls(1)": "https://example.org/ls.1"}


def test_no_link_is_without_words(built: Project) -> None:
    """Each link has something to read, for who cannot see where it stands."""
    page = Elements(built.page("other.7.html"))
    empty = [
        attributes
        for tag, attributes, words in page.found
        if tag == "a" and not "".join(words).strip() and "aria-label" not in attributes
    ]
    assert [attributes for attributes in empty if "headerlink" not in attributes.get("class", "")] == []


def test_constants_are_no_references_to_python(built: Project) -> None:
    """:const: of a word of Linux is that constant, without a warning about Python."""
    assert "EPERM" in Elements(built.page("small.7.html")).text("code", class_="const")


def test_nothing_is_loaded_from_elsewhere(built: Project) -> None:
    """A page loads no script, style, font or picture from another host."""
    for name in ("index.html", "small.7.html", "_static/nsdoc.css"):
        text = built.page(name)
        loads = re.findall(r'(?:src="|<link[^>]*href="|url\(["\']?|@import ["\'])([^"\')>]*)', text)
        assert [address for address in loads if re.match(r"(https?:)?//", address)] == []


def test_refuted_claim_ends_the_build(project: Project) -> None:
    """Where a claim does not hold the build fails, names file and line, and writes no page."""
    change_claim(project, "#> True", "#> False")
    line = GOOD[: GOOD.index("print(")].count("\n") + 1
    done = project.build()
    assert done.returncode != 0
    assert f"docs/small.7.rst:{line}: refuted small(7)#has-a-pid" in done.stderr
    assert "expected: False" in done.stderr
    assert "observed: True" in done.stderr
    assert not (project.root / "out" / "html" / "small.7.html").exists()


def test_refuted_claim_ends_the_build_of_man_pages(project: Project) -> None:
    """The builder of man pages does not write a page with a claim that does not hold either."""
    change_claim(project, "#> True", "#> False")
    assert "refuted small(7)#has-a-pid" in project.build(builder="nsman").stderr
    assert not (project.root / "out" / "nsman" / "man7" / "small.7").exists()


def test_bad_source_ends_the_build(project: Project) -> None:
    """A mistake in a claim is named with file, line and code."""
    change_claim(project, ":since: 2.6.23", ":since: once upon a time")
    done = project.build()
    assert done.returncode != 0
    assert re.search(r"docs/small\.7\.rst:\d+: .*\[nsdoc\.bad-option\]", done.stderr)


def test_backend_that_cannot_be_had(project: Project) -> None:
    """An unknown backend ends the build with its name and the way out."""
    done = project.build("-D", "nsdoc_backend=hurd")
    assert done.returncode != 0
    assert "hurd" in done.stderr
    assert "nsdoc_verify = False" in done.stderr


def test_without_verification_nothing_is_run(project: Project) -> None:
    """With nsdoc_verify off, a claim of which nothing is known is shown as not checked."""
    change_claim(project, "#> True", "#> False")
    done = project.build("-D", "nsdoc_verify=0")
    assert done.returncode == 0, done.stderr
    page = Elements(project.page("small.7.html"))
    assert set(page.text("span", class_="nsdoc-verdict")) == {"not checked on any kernel"}
    assert not verdicts(project).exists()


def test_verdicts_are_kept_and_reused(project: Project) -> None:
    """What one build has run is in build/verdicts.json, and no later build runs it again."""
    first = project.build()
    assert "running claims... 3 examples, 0 verdicts known" in first.stdout
    written = verdicts(project).read_bytes()
    again = project.build(builder="nsman")
    assert "running claims... 0 examples, 4 verdicts known" in again.stdout
    assert verdicts(project).read_bytes() == written


def test_second_build_writes_nothing(project: Project) -> None:
    """With nothing changed no page is read or written."""
    project.build()
    before = written_at(project)
    again = project.build()
    assert "0 added, 0 changed, 0 removed" in again.stdout
    assert "no targets are out of date" in again.stdout
    assert written_at(project)["small.7.html"] == before["small.7.html"]


def test_changed_verdict_writes_its_page_only(project: Project) -> None:
    """A verdict that changes leads to writing the pages that show it, without reading one."""
    project.build()
    before = written_at(project)
    text = verdicts(project).read_text(encoding="utf-8")
    report = json.loads(text)
    (entry,) = (one for one in report["verdicts"] if one["claim"] == "other(7)#root-directory")
    entry["date"] = "2001-02-03"
    verdicts(project).write_text(json.dumps(report), encoding="utf-8")
    again = project.build("-D", "nsdoc_verify=0")
    assert "0 added, 0 changed, 0 removed" in again.stdout
    changed = {name for name, time in written_at(project).items() if time != before[name]}
    assert "other.7.html" in changed
    assert "small.7.html" not in changed
    assert "2001-02-03" in project.page("other.7.html")


def test_evidence_from_other_kernels(project: Project) -> None:
    """Verdicts from docs/evidence stand below the verdict of this build."""
    project.build()
    report = json.loads(verdicts(project).read_text(encoding="utf-8"))
    report["kernel"]["release"] = "5.10.0"
    project.write("docs/evidence/5.10.0-x86_64.json", json.dumps(report))
    assert project.build("-W").returncode == 0
    told = Elements(project.page("small.7.html")).text("ul", class_="nsdoc-elsewhere")
    assert told[0].startswith("holds on Linux 5.10.0, ")


def test_stale_evidence_is_reported_and_not_shown(project: Project) -> None:
    """Evidence on another wording of a claim is a warning, and the page does not show it."""
    project.build()
    report = json.loads(verdicts(project).read_text(encoding="utf-8"))
    report["kernel"]["release"] = "5.10.0"
    report["verdicts"] = [{**one, "digest": "0"} for one in report["verdicts"] if "pid" in one["claim"]]
    project.write("docs/evidence/5.10.0-x86_64.json", json.dumps(report))
    done = project.build()
    assert "stale for 1 claims" in done.stderr
    assert "small(7)#has-a-pid" in done.stderr
    assert "5.10.0" not in project.page("small.7.html")


def test_unreadable_evidence_is_a_warning(project: Project) -> None:
    """A file that is no report is named, and the build goes on."""
    path = project.write("docs/evidence/5.10.0-x86_64.json", "{}")
    done = project.build()
    assert done.returncode == 0
    assert "not a report" in done.stderr
    assert path.name in done.stderr


def test_parallel_build_gives_the_same_pages(project: Project, built: Project) -> None:
    """Read and written by several processes, the pages are the same to the byte."""
    done = project.build("-j", "2")
    assert done.returncode == 0, done.stderr
    assert "not safe for parallel" not in done.stderr
    for name in ("small.7.html", "other.7.html"):
        assert project.page(name) == built.page(name)


def test_all_pages_as_one(project: Project) -> None:
    """Where all documents are written as one page, each claim still has its own verdict."""
    done = project.build(builder="singlehtml")
    assert done.returncode == 0, done.stderr
    shown = Elements(project.page("index.html", "singlehtml")).text("span", class_="nsdoc-verdict")
    assert len(shown) == 4
    assert sum(words.startswith("holds on Linux") for words in shown) == 3


@pytest.mark.parametrize("builder", ["text", "latex", "gettext"])
def test_other_builders_show_claims_as_prose(project: Project, builder: str) -> None:
    """Any builder can write a page with claims, as prose and code."""
    done = project.build("-W", builder=builder)
    assert done.returncode == 0, done.stderr
    if builder == "text":
        text = project.page("small.7.txt", "text")
        assert "A process has an ID & it is positive. A forked process has" in " ".join(text.split())
        assert "#> True" in text


def test_browser_unfolds_the_example(built: Project, dom: Callable[[str], str]) -> None:
    """Following the verdict behind a claim, a browser unfolds that example, and no other."""
    page = built.root / "out" / "html" / "small.7.html"
    text = dom(f"{page.as_uri()}#fork-gives-another.example")
    opened = re.findall(r"<details[^>]*open[^>]*>.*?<code[^>]*>([^<]*)</code>", text, re.DOTALL)
    assert opened == ["fork-gives-another"]
