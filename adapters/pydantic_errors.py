"""What pydantic finds, in our words: its own speak to programmers of models nobody has seen, and change with its versions."""

import re
from typing import Any

from pydantic_core import ErrorDetails

_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "model": "a mapping",
    "dataclass": "a mapping",
    "mapping": "a mapping",
    "dict": "a mapping",
    "datetime": "a time",
}
_OF_A_KIND = re.compile(r"(?P<kind>[a-z]+)_(?:type|attributes_type|exact_type|parsing|parsing_size|from_float|unicode|sub_type)")
_LIMITS = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}
_SAID = {
    "missing": "it is required",
    "extra_forbidden": "there is no such field",
    "too_short": "it must not be empty",
    "string_too_short": "it must not be empty",
    "finite_number": "a finite number belongs here",
    "string_pattern_mismatch": "it does not have the right form",
}


def kind_wanted(detail: ErrorDetails) -> str:
    """Say of which kind a value must be that is of another; empty where the kind is right."""
    match = _OF_A_KIND.fullmatch(detail["type"])
    return _KINDS.get(match["kind"], "") if match else ""


def limit(detail: ErrorDetails) -> str:
    """Say the limit that a number is beyond; empty where it is beyond none."""
    context: dict[str, Any] = detail.get("ctx", {})
    return next((f"{words} {context[key]}" for key, words in _LIMITS.items() if key in context), "")


def accepted(detail: ErrorDetails) -> str:
    """Name the values that there are, where only some are."""
    return ", ".join(re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", ""))))


def misfit(detail: ErrorDetails) -> str:
    """Say what is wrong with a value. What our own validators say goes through as it is."""
    context: dict[str, Any] = detail.get("ctx", {})
    if kind := kind_wanted(detail):
        return f"{kind} belongs here"
    if bound := limit(detail):
        return f"it must be {bound}"
    said = {
        **_SAID,
        "bad-value": detail["msg"],
        "value_error": str(context.get("error", "")),
        "literal_error": f"accepted: {accepted(detail)}",
        "too_long": f"at most {context.get('max_length')} belong here",
        "string_too_long": f"at most {context.get('max_length')} characters belong here",
    }
    return said.get(detail["type"], "this does not belong here")
