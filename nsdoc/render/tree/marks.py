"""The marks before the items of a list."""

from __future__ import annotations

from docutils import nodes

BULLET = "\u2022"
_ROMAN = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


def mark(items: nodes.enumerated_list, place: int) -> str:
    """What stands before item `place`, counted from 0: ``(1)``, ``a.`` and so on, as in the source."""
    number = int(items.get("start", 1)) + place
    numeral = _numeral(number, items.get("enumtype", "arabic"))
    return f"{items.get('prefix', '')}{numeral}{items.get('suffix', '.')}"


def _numeral(number: int, kind: str) -> str:
    if kind == "arabic" or number < 1:
        return str(number)
    numeral = _roman(number) if kind.endswith("roman") else _letters(number)
    return numeral.lower() if kind.startswith("lower") else numeral


def _roman(number: int) -> str:
    letters = ""
    for value, numeral in _ROMAN:
        letters += numeral * (number // value)
        number %= value
    return letters


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
