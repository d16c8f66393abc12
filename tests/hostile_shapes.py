"""The shapes of text that readers have hung on: each of about a size that is asked for. And a child process with a bound of CPU.

Run as a program it reads one entrance after the other: `python -m tests.hostile_shapes ENTRANCE BYTES`.
"""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

CPU_SECONDS = 90
"""For all shapes of an entrance together, start of the interpreter included: a linear reader takes a tenth on a slow machine."""

RUNS = (
    *("[", "{", "{a: ", "- ", "? ", ":", "a: ", "a:\n", " ", "\n", "\t", "'", '"', '\\"', "&a ", "- &a b\n", "- *a\n", "!a "),
    *("# x\n", "#", "/*", "/**/", "// \n", ",", "=", ".", "a.", "a=", "[a]\n", "[[a]]\n", "[[", "1", "1_", "-", "\r", "\r\n"),
    *("---\n", "%YAML 1.1\n", "|", "  x\n", "<<: ", "\u2028", "\x85", "\xa0", "name: ", "name:\n", 'name: " ', "name = '", "_a"),
    *(
        "in pod a_",
        "pod=",
        "(&LabelSelector{",
        "env[",
        ".env[",
        "key",
        "key =",
        "//",
        "://",
        "@",
        'a="',
        "{name}",
        "\x1b[",
        "\x1b]",
    ),
    *("\x1b[31m", "\u202e", "filling: ", "New size: 1", "TYPE a\n", 'a{b="', "1s", "sha256:", "exit code 1", ";,", "1 "),
)
WRAPPED = (
    ("", "name: web", ": \n"),
    ("name: x", " ", "y"),
    ('name: "', "a", ""),
    ("name: '", "a'", ""),
    ("name:", "\n", "x"),
    ("name: x\n#", "x", "\nimage: ["),
    ('{"a":"', "\\u0061", ""),
    ('{"name": ', "1", "}"),
    ("a={", "b.", "c=1}"),
    ('a="""', "\n", ""),
    ("", "a.", "b=1"),
    ("[", "a.", "b]"),
    ("a = ", " ", "1"),
    ("[", "k", "]\na=1\nb=1\n"),
    ('"', "k", '": {a: 1, b: 1}'),
    ("a: >\n", "  x\n", ""),
    ("a: 0.", "1", ""),
    ("0.", "1", "x"),
    ("Bearer ", "a", ""),
    ('Bearer realm="', "a", ""),
)


def shapes(size: int) -> Iterator[str]:
    """Give texts of a size."""
    for run in RUNS:
        yield run * (size // len(run))
    for head, run, tail in WRAPPED:
        yield head + run * (size // len(run)) + tail
    many = size // 12
    yield "".join(f"k{n}: 1\n" for n in range(many))
    yield "".join(f"k{n}=1\n" for n in range(many))
    yield "{" + ",".join(f'"k{n}":1' for n in range(many)) + "}"
    yield "".join(f"[[a{n}]]\n" for n in range(many))
    yield "env:\n" + "".join(f"- x{n}\n" for n in range(many))
    yield "".join(" " * n + "a:\n" for n in range(int((2 * size) ** 0.5)))


# --- the entrances


def spec_file(text: str) -> None:
    """A file: checked, shown, and brought up to date, in all formats."""
    from adapters.spec_file.excerpt import SourceText
    from adapters.spec_file.fixing import fix
    from adapters.spec_file.reading import read_spec

    body, catalogue = text.encode(), _catalogue()
    for file in ("a.yaml", "a.json", "a.toml"):
        reading = read_spec(body, file=file, catalogue=catalogue)
        source = SourceText(body, file)
        for problem in (*reading.problems, *reading.warnings):
            source.excerpt(problem)
        fix(body, file=file, catalogue=catalogue)


def refused_file(text: str) -> None:
    """A file that is refused: by its size, and then its name is made out."""
    from adapters.desk.submission import name_in
    from adapters.spec_file.reading import read_spec

    body = text.encode()
    assert read_spec(body, file="-", catalogue=_catalogue()).spec is None
    name_in(body, "-")


def changes(text: str) -> None:
    """`--set`: as a path, as a value, as a variable's."""
    from adapters.spec_file.set_edits import apply_sets

    for change in (text, f"{text}=1", f"command={text}", f"env.A={text}", f"env.{text}=1"):
        apply_sets(_spec(), (change,), catalogue=_catalogue())


def catalogue_file(text: str) -> None:
    """A catalogue of machine types."""
    from adapters.machines.catalogue import load_catalogue
    from domain.errors import Unfit

    with TemporaryDirectory() as folder:
        place = Path(folder) / "machines.yaml"
        for body in (text, f"machines: {{A: {{cpu: '{text}', memory: '{text}'}}}}"):
            place.write_text(body)
            with suppress(Unfit):
                load_catalogue(place)


def cluster_words(text: str) -> None:
    """What stands in objects and Events of a cluster: messages, labels, quantities, resource versions."""
    from adapters.observations.events import event_seen
    from adapters.observations.objects import live
    from adapters.observations.quantities import amount, normal
    from domain.observe_objects import older
    from domain.observe_scaling import unexplained
    from domain.private_values import private
    from domain.repeats import gist
    from domain.scaling import Scaling
    from projections.sentences.scalings import words
    from projections.why.refused import pod_in
    from projections.wording import last_words, one_line

    event = event_seen(
        {"message": text, "reason": text, "involvedObject": {"fieldPath": f"spec.containers{{{text}", "name": text}}
    )
    event = event_seen({"message": text, "reason": "SuccessfulRescale", "involvedObject": {"kind": "HorizontalPodAutoscaler"}})
    unexplained(Scaling(), event)
    live({"metadata": {"labels": {f"deadreckon.dev/{text}": text}, "resourceVersion": text}, "spec": {text: text}})
    for reader in (amount, normal, gist, words, last_words, one_line, private, pod_in):
        cast("Callable[[str], object]", reader)(text)
    private(f"spec.template.spec.containers[a].env[{text}].value")
    older(text, text)
    one_line(f"in pod {text}")
    pod_in(f'pods "{text}" is forbidden')


def typed_words(text: str) -> None:
    """What people type: times, spans, names, references; and what the surroundings say."""
    from adapters.cli.reading.past import a_number
    from adapters.cli.reading.times import parse_span, parse_time
    from adapters.desk.repository import is_ref
    from adapters.desk.signature import clean, find_origin
    from domain.errors import Refused
    from domain.images import parse_reference
    from domain.platform import Platform, choose
    from domain.registries import parse_server

    with suppress(Refused):
        parse_span(text)
    with suppress(Refused):
        parse_time(text, _noon())
    with suppress(Refused):
        choose(Platform(), [("hosts", text)])
    parse_server(text)
    parse_reference(text)
    a_number(text)
    is_ref(f"refs/heads/{text}")
    clean(text)
    find_origin({"BUILD_URL": f"https://{text}"}, Path("/"))


def terminals(text: str) -> None:
    """What an application prints."""
    from adapters.cli.console import painted
    from adapters.cluster.bounded import split_lines
    from adapters.terminal import escaped, visible
    from domain.masks import NOTHING_KNOWN

    painted(text)
    visible(text)
    NOTHING_KNOWN.hide(text[:200_000])
    escaped(text)
    assert sum(len(line) for line in split_lines(cast("Any", _Answer(text.encode())), partial=True)) <= 4 * len(text)


def challenges(text: str) -> None:
    """A registry's WWW-Authenticate header: 64 KiB is what the library takes of one."""
    from adapters.images import registry
    from adapters.images.realm import challenge_of
    from adapters.outgoing.bounds import NoAnswer

    for header in (text[:65_536], text[:4000]):
        with suppress(NoAnswer):
            challenge_of("registry.example", header)
    registry._error_codes(text.encode())  # pyright: ignore[reportPrivateUsage]


def relays(text: str) -> None:
    """A relay's log and its metrics."""
    from adapters.engine.probe_log import answers
    from adapters.engine.relays import reading

    list(answers([text, *text.split("\n", 1000)]))
    try:
        reading(text, "pod", _noon())
    except ValueError:
        return


def quadratic(text: str) -> None:
    """The control: what `name_in` was."""
    import re

    re.search(r"""^["']?name["']?\s*[:=]\s*["']?([^"'\r\n#]+?)["']?\s*,?\s*$""", text, re.MULTILINE)


ENTRANCES: Mapping[str, Callable[[str], None]] = {
    each.__name__: each
    for each in (
        spec_file,
        refused_file,
        changes,
        catalogue_file,
        cluster_words,
        typed_words,
        terminals,
        challenges,
        relays,
        quadratic,
    )
}


class _Answer(BytesIO):
    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(min(size or 1, 65_536))


def _noon() -> Any:  # noqa: ANN401 (a datetime, imported late as all else)
    from datetime import UTC, datetime

    return datetime(2026, 11, 22, 12, tzinfo=UTC)


def _catalogue() -> Any:  # noqa: ANN401 (as above)
    from domain.machines import Catalogue, Machine

    return Catalogue({"C4": Machine("C4", 1800, 3686)})


def _spec() -> Any:  # noqa: ANN401 (as above)
    from domain.spec import Resources, Spec

    return Spec("web", "registry.example/a/b:1", Resources("C4", replicas=1))


def read_within(entrance: str, size: int, *, seconds: int = CPU_SECONDS) -> int:
    """Read all shapes in a process that ends when it has used so much CPU; gives how it ended (negative: it was ended)."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    asked = [sys.executable, "-m", "tests.hostile_shapes", entrance, str(size)]
    return subprocess.run(asked, check=False, preexec_fn=bound, cwd=Path(__file__).parents[1]).returncode


if __name__ == "__main__":
    for shape in shapes(int(sys.argv[2])):
        ENTRANCES[sys.argv[1]](shape)
