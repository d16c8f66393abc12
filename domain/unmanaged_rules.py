"""The promise: whether what somebody else adds to an object of ours, or sets on it, changes what was promised.

What a manifest of ours says is ours in any case. This is about the rest: a key added to a selector, a variable beside ours, a
default that a hand set otherwise. The table is `domain.unmanaged_table`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from domain.unmanaged_table import PROMISE, AdditionMeaning, PromiseRule

_NAMED = re.compile(r"spec\.template\.spec\.((?:init)?[cC]ontainers)\[([^\[\]]*)\]")


def verdict(kind: str, path: str, ours: Iterable[str]) -> AdditionMeaning:
    """Say what it means that somebody else added a field, or set one that is not ours. `ours`: the paths that we declared."""
    found = _NAMED.match(path)
    if found and not any(own.startswith(found[0]) for own in ours):
        path = f"spec.template.spec.{found[1]}"  # a container of theirs, whatever is in it
    return _verdict(kind, path)


@lru_cache(maxsize=4096)
def _verdict(kind: str, path: str) -> AdditionMeaning:
    fitting = [
        (len(written), rule) for written, expression, rule in _PATHS if rule.kind in {"*", kind} and expression.match(path)
    ]
    return max(fitting, key=lambda one: (one[0], one[1].kind != "*"))[1].verdict if fitting else "unmanaged"


def _expression(path: str) -> re.Pattern[str]:
    pattern = re.escape(path).replace(r"\[\]", r"\[[^\[\]]*\]").replace(r"\*", "[^/]*")
    return re.compile(pattern if path.endswith(("/", "]")) else rf"{pattern}(?=[.\[(]|$)")


_PATHS: tuple[tuple[str, re.Pattern[str], PromiseRule], ...] = tuple(
    (written, _expression(written), rule) for rule in PROMISE for written in rule.each()
)
