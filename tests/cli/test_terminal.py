"""The stream for people."""

from __future__ import annotations

import io

import pytest

from nsdoc.terminal import Terminal


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that asks for nothing."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def test_progress_is_replaced() -> None:
    """On a terminal, progress is one line that the next one takes the place of."""
    screen = Screen()
    terminal = Terminal(screen)
    terminal.progress("1 of 2")
    terminal.progress("2 of 2")
    terminal.say("done")
    assert screen.getvalue() == "\r\x1b[K1 of 2\r\x1b[K2 of 2\r\x1b[Kdone\n"


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, or a terminal that can only print, gets no progress."""
    file = io.StringIO()
    Terminal(file).progress("1 of 2")
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen()
    Terminal(screen).progress("1 of 2")
    assert file.getvalue() == screen.getvalue() == ""


@pytest.mark.parametrize(
    ("color", "environment", "terminal", "colored"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_color(
    monkeypatch: pytest.MonkeyPatch, color: str, environment: dict[str, str], terminal: bool, colored: bool
) -> None:
    """Colour follows the option, then NO_COLOR and FORCE_COLOR, then the stream."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Screen() if terminal else io.StringIO()
    assert ("\x1b[" in Terminal(stream, color).paint("text", "red")) is colored
