"""Options in front of a command, `reckon -p shop list`: they are its own, as if they were typed behind it."""

from collections.abc import Sequence

VALUED = ("--project", "-p", "--ledger", "--output", "-o", "--context", "--kubeconfig", "--as")
FLAGS = ("--no-color",)
"""The options that every command knows, if only to say why it takes none."""


def in_front(typed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part what was typed into the common options in front, with their values, and the rest."""
    at = 0
    while at < len(typed) and (taken := _taken(typed[at])):
        at += taken
    return list(typed[:at]), list(typed[at:])


def _taken(word: str) -> int:
    """Say how many words an option takes that begins here; 0 where none of ours does."""
    name, equals, _ = word.partition("=")
    if word in FLAGS or (equals and name in VALUED and name.startswith("--")):
        return 1
    if word in VALUED:
        return 2
    joined = not word.startswith("--") and word[:2] in VALUED  # `-pshop`
    return 1 if joined else 0
