"""Quantities as the API server gives them back: `1000m` is `1`, `1024Mi` is `1Gi`.

The client's own reader says what they are worth. It also takes what no quantity is (`Infinity`, `1_000`, `1e999999`), so that
what comes from outside is held against Kubernetes' grammar first, with bounds: docs/decisions/quantities.md.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, cast

_LONGEST = 64
"""Characters of a quantity: no real one is longer."""
_QUANTITY = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{1,40})?|\.[0-9]{1,40})(?:(?P<binary>[KMGTPE]i)|[numkMGTPE]|(?P<power>[eE][+-]?[0-9]{1,2}))?"
)
_BINARY = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki", "")
_DECIMAL = ("E", "P", "T", "G", "M", "k", "", "m", "u", "n")


def normal(text: str | float) -> str:
    """Write a quantity in its canonical form; what is none, or has a power of ten, comes back as it is."""
    match = _match(text)
    if not match or match["power"]:
        return str(text)
    value = _worth(match[0])
    if not value:
        return "0"
    for unit in _BINARY if match["binary"] else _DECIMAL:
        many = value / _worth(f"1{unit}")
        if many == many.to_integral_value():
            return f"{int(many)}{unit}"
    return str(value)


def amount(text: str | float) -> Decimal:
    """Give a quantity as a number in its base unit (cores, bytes, pieces); 0 for what is none."""
    match = _match(text)
    return _worth(match[0]) if match else Decimal(0)


def _match(text: str | float) -> re.Match[str] | None:
    return _QUANTITY.fullmatch(str(text)) if len(str(text)) <= _LONGEST else None


def _worth(quantity: str) -> Decimal:
    return _reader()(quantity)


@cache
def _reader() -> Callable[[str], Decimal]:
    # The whole client comes with it, so that only those load it who look at a cluster: no command that reads the ledger does.
    from kubernetes.utils import quantity

    return cast("Callable[[str], Decimal]", cast("Any", quantity).parse_quantity)
