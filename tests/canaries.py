"""Canaries: private values of every awkward shape, and the ways in which others repeat them."""

import json
from collections.abc import Callable, Mapping
from random import Random  # noqa: TID251 (seeded: the same canaries each time)

LETTERS = "abcdefghijkmnpqrstuvwxyz"
PEM_LINES = 4


def word(chance: Random, length: int = 14) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(length)) + str(chance.randrange(10, 99))


def pem(chance: Random) -> str:
    body = "\n".join("MII" + "".join(chance.choice(LETTERS + "ABCDEF+/0123") for _ in range(61)) for _ in range(PEM_LINES))
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


SHAPES: Mapping[str, Callable[[Random], str]] = {
    "plain": word,
    "double quote": lambda chance: f'{word(chance)}"{word(chance)}',
    "single quote": lambda chance: f"{word(chance)}'{word(chance)}",
    "newline": lambda chance: f"{word(chance)}\n{word(chance)}",
    "PEM": pem,
    "backslash": lambda chance: f"{word(chance)}\\{word(chance)}",
    "bell": lambda chance: f"{word(chance, 3)}\a{word(chance, 3)}\v\x7f{word(chance, 3)}",
    "unicode": lambda chance: f"pässwörd-{word(chance)}-日本\u00a0語🔑",
    "percent": lambda chance: f"{word(chance)}%20%{word(chance)}",
    "spaces": lambda chance: f"{word(chance)} {word(chance)}  {word(chance)}",
    "dollar": lambda chance: f"${{{word(chance)}}}`{word(chance)}`$",
    "edges": lambda chance: f"  {word(chance)}\t",
    "JSON": lambda chance: json.dumps({"password": word(chance), "list": [word(chance)]}),
    "URL": lambda chance: f"postgres://ann:{word(chance)}@db.example:5432/shop?x=1&token={word(chance)}",
    "tab": lambda chance: f"{word(chance)}\t{word(chance)}",
    "long": lambda chance: "".join(word(chance) for _ in range(40)),
    "html": lambda chance: f"<{word(chance)}&{word(chance)}>",
    "slashes": lambda chance: f"{word(chance)}/{word(chance)}+{word(chance)}=",
    "short": lambda chance: f"{word(chance, 3)}",
    "equals": lambda chance: f"{word(chance)}:{word(chance)}=@#?",
}


def canaries(number: int = 200) -> tuple[tuple[str, str], ...]:
    """Give so many values with their shape, each shape as often as the next."""
    chance = Random("canaries")
    shapes = list(SHAPES)
    return tuple((shapes[n % len(shapes)], SHAPES[shapes[n % len(shapes)]](chance)) for n in range(number))


def telling(value: str) -> tuple[str, ...]:
    """Give the parts of a value that are letters and digits in a row: in whichever form it is repeated, these stand in it."""
    parts = "".join(one if one.isascii() and one.isalnum() else " " for one in value).split()
    known = {"BEGIN", "PRIVATE", "KEY", "END", "password", "list", "postgres", "example", "5432", "shop", "token", "MII"}
    return tuple(part for part in parts if len(part) >= 5 and part not in known)


def leaks(value: str, text: str) -> list[str]:
    """Give the parts of a value that can be read in a text."""
    return [part for part in telling(value) if part in text]
