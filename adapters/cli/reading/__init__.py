"""The commands that show: what is there, how it came to be, and why."""

COMMANDS = (
    "listing",
    "get",
    "wait",
    "history",
    "diff",
    "events",
    "logs",
    "why",
    "replay",
    "machine",
    "rebuild",
    "doctor",
)
"""The modules, in the order in which `reckon --help` shows their commands."""
