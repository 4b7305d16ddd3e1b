"""The date of a page that does not state its own."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.config import Config


def default_date(config: Config) -> str:
    """What the project says, else the date that the environment gives to everything built, "" for none.

    It is never that of the build: a page is the same on every day.
    https://reproducible-builds.org/specs/source-date-epoch/
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    given = datetime.fromtimestamp(int(seconds), UTC).date().isoformat() if seconds.isdecimal() else ""
    return config.today or given
