"""What was measured, as values and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any

SCHEMA = 1


class BadResults(ValueError):
    """A file holds no results that this version reads; the message says why."""


class Series(StrEnum):
    """What a measure belongs to, with the meaning of its `x` and the unit of its values."""

    START = "start"  # x: 1 example; seconds of the whole program
    COST = "cost"  # x: examples; seconds an example more costs
    WALL = "wall"  # x: examples; seconds of the whole program
    GROWTH = "growth"  # x: examples; seconds an example more costs
    SIZE = "size"  # x: MiB that the calling process holds besides; seconds an example more costs
    PEAK = "peak"  # x: examples; bytes of the biggest process
    MEMORY = "memory"  # x: examples so far; bytes that are in memory
    CALL = "call"  # x: calls; seconds of the median call


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing measured several times; values of one series and round belong together."""

    series: Series
    who: str
    x: int
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Where and when it was measured.

    `others` is the part of the processors' time, 0 to 1, that all else on the machine took meanwhile.
    """

    date: str
    machine: str
    processors: int
    kernel: str
    user: str
    others: float
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that one run of the benchmark gives; `notes` say what is missing, and why."""

    conditions: Conditions
    titles: Mapping[str, str]
    measures: tuple[Measure, ...]
    notes: tuple[str, ...] = ()

    def of(self, series: Series, who: str | None = None) -> tuple[Measure, ...]:
        """The measures of a series, of everybody or of one, in the order of `x`."""
        found = [one for one in self.measures if one.series == series and who in (None, one.who)]
        return tuple(sorted(found, key=lambda one: one.x)) if who else tuple(found)

    def first(self, series: Series, who: str) -> Measure | None:
        """The measure with the smallest `x`, None if there is none."""
        return next(iter(self.of(series, who)), None)

    def dump(self) -> dict[str, Any]:
        """What JSON can hold."""
        return {"schema": SCHEMA, **asdict(self)}


def ratio(measure: Measure | None, other: Measure | None) -> float | None:
    """How many times as much as the other: the median of the ratios of each round, None if one is missing."""
    if measure is None or other is None:
        return None
    pairs = zip(measure.values, other.values, strict=False)
    found = [one / two for one, two in pairs if two > 0]
    return median(found) if found else None


def write(results: Results, file: Path) -> None:
    """Write the results as JSON; values have six significant digits."""
    text = json.dumps(_rounded(results.dump()), indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def read(file: Path) -> Results:
    """Read what `write` has written.

    Raises:
        OSError: the file cannot be read.
        BadResults: it is of another kind or schema.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise BadResults(f"{file}: schema {data['schema']!r} is not {SCHEMA}")
        return _load(data)
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, BadResults):
            raise
        raise BadResults(f"{file}: no results of a benchmark: {error!r}") from error


def _load(data: dict[str, Any]) -> Results:
    measures = (
        Measure(Series(one["series"]), one["who"], one["x"], tuple(one["values"])) for one in data["measures"]
    )
    return Results(
        Conditions(**data["conditions"]),
        data["titles"],
        tuple(measures),
        tuple(data["notes"]),
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
