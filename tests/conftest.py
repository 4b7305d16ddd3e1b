"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--regen``, which writes the expected files of tests/golden anew."""
    parser.addoption("--regen", action="store_true", help="write the expected files of tests/golden anew")
