"""Tasks shared out among processes that do one after another."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nsdoc.runner.series import Gone, Series


def shared_out(do: Callable[[Any], Any], tasks: Sequence[Any], size: int) -> Iterator[tuple[int, Any | Gone]]:
    """Do tasks in `size` processes: the index of each with what came of it, as they end.

    The processes are forked from the caller, so `do` may use all that is there.
    Tasks and what comes of them can cross a socket, see `nsdoc.wire`;
    for a task whose process was lost, why is told.

    Raises:
        OSError: there is no process to be had.
    """
    crew = [Series(do) for _ in range(min(size, len(tasks)))]
    waiting = iter(enumerate(tasks))
    at: dict[Series, int] = {}
    try:
        with selectors.DefaultSelector() as selector:
            for each in crew:
                _next(each, waiting, at, selector)
            while at:
                for key, _ in selector.select():
                    yield _ended(key.fileobj, at, selector)
                    _next(key.fileobj, waiting, at, selector)
    finally:
        for each in crew:
            each.retire()


def _next(each: Any, waiting: Iterator[tuple[int, Any]], at: dict[Series, int], selector: Any) -> None:
    """Give a process its next task, if there is one."""
    index, task = next(waiting, (-1, None))
    if index >= 0:
        each.begin(task)
        at[each] = index
        selector.register(each, selectors.EVENT_READ)


def _ended(each: Any, at: dict[Series, int], selector: Any) -> tuple[int, Any]:
    """The task that a process was at, with what came of it."""
    selector.unregister(each)
    index = at.pop(each)
    try:
        return index, each.answer()
    except Gone as gone:
        return index, gone
