"""Quantities as the API server gives them back: `1000m` is `1`, `1024Mi` is `1Gi`."""

import re
from decimal import Decimal

_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_LONGEST = 64
"""Characters of a quantity: no real one is longer."""
_QUANTITY = re.compile(r"([+-]?(?:[0-9]{1,40}(?:\.[0-9]{1,40})?|\.[0-9]{1,40}))([KMGTPE]i|[numkMGTPE]?)")


def normal(text: str | float) -> str:
    """Write a quantity in its canonical form; what is none comes back as it is."""
    match = _QUANTITY.fullmatch(str(text)) if len(str(text)) <= _LONGEST else None
    if not match:
        return str(text)
    number, suffix = Decimal(match[1]), match[2]
    if suffix in _BINARY:
        return _shortest(number * 1024 ** _BINARY[suffix], 1024, {0: "", **{v: k for k, v in _BINARY.items()}})
    return _shortest(number * Decimal(1000) ** _DECIMAL[suffix], 1000, {v: k for k, v in _DECIMAL.items()})


def _shortest(value: Decimal, base: int, suffixes: dict[int, str]) -> str:
    if not value:
        return "0"
    for power in sorted(suffixes, reverse=True):
        scaled = value / Decimal(base) ** power
        if scaled == scaled.to_integral_value():
            return f"{int(scaled)}{suffixes[power]}"
    return str(value)


def amount(text: str | float) -> Decimal:
    """Give a quantity as a number in its base unit (cores, bytes, pieces)."""
    match = _QUANTITY.fullmatch(str(text)) if len(str(text)) <= _LONGEST else None
    if not match:
        return Decimal(0)
    number, suffix = Decimal(match[1]), match[2]
    return number * (1024 ** _BINARY[suffix] if suffix in _BINARY else Decimal(1000) ** _DECIMAL[suffix])
