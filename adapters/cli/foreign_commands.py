"""Commands as other tools have them (`pspace`, `gradient`, `kubectl`), and the one of ours that does the same."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from shlex import quote

from adapters.cli.leading_options import in_front
from adapters.terminal import visible

_TOOLS = ("reckon", "pspace", "gradient", "paperspace", "kubectl")
"""What people type in front of it out of habit."""
KINDS = ("deployment", "deployments", "deploy", "pod", "pods", "all")
"""What they name there, and nobody need name here: there is one kind."""
_SUBMIT, _GET, _DELETE = "reckon submit FILE", "reckon get NAME", "reckon delete NAME"
_SAME = ("get", "wait", "history", "diff", "open", "logs", "why", "start", "stop", "scale", "rollback", "delete")
_VERBS: Mapping[str, str] = {
    **{verb: f"reckon {verb} NAME" for verb in _SAME},
    **dict.fromkeys(("list", "ls", "ps"), "reckon list"),
    **dict.fromkeys(("up", "create", "apply", "update", "replace", "run"), _SUBMIT),
    **dict.fromkeys(("edit", "set", "patch"), "reckon submit --name NAME --set PATH=VALUE"),
    **dict.fromkeys(("show", "status", "describe", "details", "inspect", "metrics", "top"), _GET),
    **dict.fromkeys(("rm", "remove"), _DELETE),
    "events": "reckon events NAME",
    "enable": "reckon start NAME",
    **dict.fromkeys(("disable", "down"), "reckon stop NAME"),
    "undo": "reckon rollback NAME",
    "restart": "reckon submit --name NAME",
    "log": "reckon logs NAME",
    "pause": "reckon hold NAME",
    "port-forward": "reckon open NAME",
}
_ROLLOUT = {"undo": "rollback", "status": "wait", "history": "history", "pause": "hold", "resume": "resume"}
_READING = dict.fromkeys(("list", "ls", "get", "show", "describe"), "list")
_REMOVING = dict.fromkeys(("delete", "remove", "rm"), "rm NAME")
_STORES = {"secret": ("secrets", "set NAME"), "registry": ("registries", "add NAME"), "model": ("models", "add NAME")}
_STORED: Mapping[tuple[str, ...], str] = {
    (word, verb): f"reckon {group} {ours}"
    for group, (plural, adding) in _STORES.items()
    for word in (group, plural)
    for verb, ours in {**dict.fromkeys(("create", "add", "set", "update", "upload"), adding), **_READING, **_REMOVING}.items()
}
_KNOWN: Mapping[tuple[str, ...], str] = {
    **{(verb,): ours for verb, ours in _VERBS.items()},
    **{(kind, verb): ours for kind, (verb, ours) in product(KINDS, _VERBS.items())},
    **dict.fromkeys(product(KINDS), "reckon list"),
    ("deploy",): _SUBMIT,
    **{("rollout", verb): f"reckon {ours} NAME" for verb, ours in _ROLLOUT.items()},
    ("rollout", "restart"): "reckon submit --name NAME",
    **_STORED,
    **{(plural,): f"reckon {group} list" for group, (plural, _) in _STORES.items()},
    ("projects",): "reckon project list",
    **dict.fromkeys((("project", "create"), ("projects", "create")), "reckon submit FILE --project PROJECT"),
    **dict.fromkeys((("project", "link"), ("projects", "link")), "export RECKON_PROJECT=PROJECT"),
    **dict.fromkeys(product(("project", "projects"), _READING), "reckon project list"),
    **dict.fromkeys((("project", "update"), ("project", "delete")), "reckon project --help"),
    **dict.fromkeys((("machines",), ("machines", "list"), ("machine-types",), ("machineTypes",)), "reckon machine list"),
    **dict.fromkeys(product(("login", "logout", "whoami", "config", "context")), "reckon doctor"),
    **dict.fromkeys(product(("init", "validate", "lint")), "reckon check FILE"),
    ("version",): "reckon --version",
    ("help",): "reckon --help",
}
_NAMED = ("--id", "--name", "-n")
_FILED = ("--spec", "--config", "-c", "--filename", "-f", "--file")


def ours(typed: Sequence[str]) -> tuple[str, str]:
    """Give the words of a command that another tool has and we have not, and ours; both empty where none is known.

    A name or a file that was typed stands in it.
    """
    _, words = in_front(typed)
    while words and words[0] in _TOOLS:
        words = words[1:]
    for length in (2, 1):
        said = " ".join(words[:length])
        command = _KNOWN.get(_in_order(words, length), "") if len(words) >= length else ""
        if command and not f"{command} ".startswith(f"reckon {said} "):
            return visible(said), _filled(command, words[length:])
    return "", ""


def _in_order(words: Sequence[str], length: int) -> tuple[str, ...]:
    """Put the kind first, as `pspace` does; `kubectl` has the verb there, and a name behind (else the kind's word is one)."""
    if length == 2 and words[0] in _VERBS and words[1] in KINDS:
        named = len(words) > 2 and not words[2].startswith("-")
        if named or words[0] not in _SAME:
            return words[1], words[0]
    return tuple(words[:length])


def _filled(command: str, rest: Sequence[str]) -> str:
    """Put what was typed where our command has a NAME or a FILE."""
    parts = [part for word in rest for part in (word.split("=", 1) if word.startswith("--") else (word,))]
    given = {option: quote(visible(value[:128])) for option, value in pairwise(parts)}
    first = [quote(visible(rest[0][:128]))] if rest and not rest[0].startswith("-") else []
    for place, options in (("NAME", _NAMED), ("FILE", _FILED)):
        found = [*(given[option] for option in options if option in given), *first]
        command = command.replace(place, found[0]) if found else command
    submitted = command.startswith("reckon submit ") and "--name" in given and "--name" not in command
    return f"{command} --name {given['--name']}" if submitted else command
