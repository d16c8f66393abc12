"""Masks: no form of a known value is left in a text, no credential in a URL; plain words stay, and hostile texts cost little."""

import json
import re
import shlex
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from pathlib import Path
from time import process_time
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from domain.masks import MASK, NOTHING_KNOWN, Masks, hides
from domain.value_encodings import FORMS, Form, go_quoted
from tests.canaries import SHAPES, canaries, leaks, telling

GO = json.loads((Path(__file__).parent / "go_quoted.json").read_text())
"""What Go's own `%q` and `%+q` made of each canary (go_quoted.go writes it)."""


def in_yaml(value: object, style: str | None = None, *, unicode: bool = True) -> str:
    """Write it as YAML, on as few lines as it can be."""
    writer, text = YAML(typ="safe", pure=True), StringIO()
    setattr(writer, "default_style", style)  # noqa: B010 (its type says None, its code takes a style)
    writer.width, writer.allow_unicode = 1_000_000, unicode
    writer.dump(value, text)  # pyright: ignore[reportUnknownMemberType]
    return text.getvalue()


ECHOES: Mapping[str, Callable[[str], str]] = {
    "raw": str,
    "json": json.dumps,
    "json unicode": lambda value: json.dumps(value, ensure_ascii=False),
    "json of Go": lambda value: json.dumps(value, ensure_ascii=False).translate(
        {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028"}
    ),
    "json in json": lambda value: json.dumps(json.dumps({"value": value})),
    "yaml": lambda value: in_yaml({"value": value}),
    "yaml ascii": lambda value: in_yaml({"value": value}, unicode=False),
    "yaml quoted": lambda value: in_yaml(value, '"'),
    "yaml single": lambda value: in_yaml(value, "'"),
    "yaml block": lambda value: "value: |\n" + "".join(f"    {line}\n" for line in value.splitlines()),
    "repr": repr,
    "repr of bytes": lambda value: repr(value.encode()),
    "ascii": ascii,
    "shell": shlex.quote,
    "path": lambda value: f"/x/{quote(value)}",
    "query": lambda value: urlencode({"q": value}),
    "percent": lambda value: quote(value, safe=""),
    "plus": quote_plus,
    "go %q": lambda value: GO[value][0],
    "go %+q": lambda value: GO[value][1],
    "base64": lambda value: b64encode(value.encode()).decode(),
    "base64 url": lambda value: urlsafe_b64encode(value.encode()).decode(),
    "line by line": lambda value: "\n".join(f"app | {line}" for line in value.splitlines()),
}
CANARIES = canaries()


def echoed(forms: tuple[Form, ...] = FORMS) -> list[tuple[str, str]]:
    """Give each shape and way of repeating in which a part of a canary can still be read."""
    found: list[tuple[str, str]] = []
    for shape, value in CANARIES:
        masks = Masks.of([value], forms)
        for way, echo in ECHOES.items():
            said = echo(value)
            text = masks.hide(f'Deployment.apps "web" is invalid: value: {said} is no good')
            encoded = way.startswith("base64") and said.rstrip("=")[:16] in text
            if leaks(value, text) or encoded:
                found.append((shape, way))
    return found


def test_no_canary_is_left_in_whichever_way_it_is_repeated() -> None:
    assert not echoed()


AROUND = {"json in json": "value", "repr of bytes": "b", "path": "x", "query": "q", "line by line": "app"}
"""The words that a way of repeating puts around a value."""


def left_of(value: str, ways: Iterable[str]) -> list[tuple[str, str]]:
    """Give the ways of repeating a value in which a letter or a digit of it can still be read, and what is shown."""
    masks = Masks.of([value])
    shown = {way: masks.hide(f"<{ECHOES[way](value)}>") for way in ways}
    words = {way: {"value"} if way.startswith("yaml") else {AROUND.get(way, "")} for way in ways}
    return [(way, text) for way, text in shown.items() if not {*re.findall(r"\w+", text.replace(MASK, " "))} <= words[way]]


def test_not_a_letter_of_a_canary_is_left_beside_the_mark() -> None:
    assert not [(shape, left) for shape, value in CANARIES for left in left_of(value, ECHOES)]


@given(st.text("Zé\xa0\x85\u2028\u200b\x1b'\"\\/<&$`%\t\n😀 +=:", min_size=3, max_size=12))
@example("Schlüssel\xa0zum Tör")
def test_not_a_letter_of_an_odd_value_is_left_beside_the_mark(middle: str) -> None:
    by_line = {"yaml block", "line by line"}  # of a line that is shorter than what is hidden, something is left
    assert not left_of(f"Q{middle}X", {way for way in ECHOES if not way.startswith(("go", "yaml"))} - by_line)


def test_the_control_a_masker_that_does_not_know_go_leaves_some() -> None:
    assert {way for _, way in echoed(tuple(form for form in FORMS if form is not go_quoted))} == {"go %q", "go %+q"}


def test_many_values_at_once_leave_none_of_them() -> None:
    text = "\n".join(value for _, value in CANARIES)
    shown = Masks.of(value for _, value in CANARIES).hide(text)
    assert not [part for _, value in CANARIES for part in leaks(value, shown)]


def test_the_control_every_canary_can_be_read_where_nothing_masks() -> None:
    for _, value in CANARIES:
        assert telling(value) == tuple(leaks(value, value))
        assert telling(value)
    assert len({shape for shape, _ in CANARIES}) == len(SHAPES)


def test_what_a_cut_left_of_a_value_is_masked_too() -> None:
    value = "".join(f"{n:04}xyZ" for n in range(400))
    masks = Masks.of([value])
    for text in (value[:500], value[-500:], value[700:1700], f"said {value[:90]}...", f"…{value[-90:]} was said"):
        assert "xyZ" not in masks.hide(text)
    assert masks.hide(f"it is {value[:90]} here") == f"it is {value[:90]} here", "what only begins alike is something else"


def test_one_value_that_is_part_of_another_leaves_no_pieces_of_it() -> None:
    assert Masks.of(["hunter2", "hunter2-and-more"]).hide("x hunter2-and-more y hunter2") == f"x {MASK} y {MASK}"
    assert Masks.of(["abcdefgh", "efghijkl"]).hide("abcdefghijkl") == MASK


@pytest.mark.parametrize("value", ["1", "80", "8080", "true", "info", "INFO", "abc", "", " ", "production"])
def test_a_plain_word_does_not_turn_a_text_into_dots(value: str) -> None:
    text = "info: 1 of 80 replicas on 8080 in production is true, abc"
    assert not hides(value)
    assert Masks.of([value]).hide(text) == text


def test_a_short_word_is_hidden_as_a_word_only() -> None:
    assert Masks.of(["port"]).hide("port 80 of the transport") == f"{MASK} 80 of the transport"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("user:PW@host/image:tag", f"{MASK}@host/image:tag"),
        ("user:PW@host/web:1@sha256:ff", f"{MASK}@host/web:1@sha256:ff"),
        ("'user:PW@host/image' is not an image's name", f"'{MASK}@host/image' is not an image's name"),
        ("https://user:PW@h/x?token=PW&a=1", f"https://{MASK}@h/x?token={MASK}&a=1"),
        ("https://PWPWPW@h/x", f"https://{MASK}@h/x"),
        ("https://user:PW/PW@h/x", f"https://{MASK}@h/x"),
        ("https://user:PW@PW@h/x", f"https://{MASK}@h/x"),
        ('Get "https://u:PW@h:80/x": refused', f'Get "https://{MASK}@h:80/x": refused'),
        ("https://h/x?X-Amz-Signature=PW&X-Amz-Credential=PW%2F", f"https://h/x?X-Amz-Signature={MASK}&X-Amz-Credential={MASK}"),
        ("https://h/x?password=PW#y", f"https://h/x?password={MASK}#y"),
        ("/ready?access_key=PW&sig=PW", f"/ready?access_key={MASK}&sig={MASK}"),
        ("https://h/?%74oken=PW", f"https://h/?%74oken={MASK}"),
        ("Authorization: Basic UFc6UFc=", f"Authorization: {MASK}"),
        ("sent Bearer PWPWPW123", f"sent Bearer {MASK}"),
        ("host=db password=PW dbname=x", f"host=db password={MASK} dbname=x"),
        ("a://x,https://u:PW@h", f"a://x,https://{MASK}@h"),
    ],
)
def test_credentials_show_themselves(text: str, shown: str) -> None:
    assert NOTHING_KNOWN.hide(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "registry.example:5000/team/web:1@sha256:ff",
        "web:1@sha256:ff",
        "git@github.com:team/web",
        "http://10.0.0.1:8080/a@b",
        "s3://bucket/pre@fix",
        "mail bob@example.com",
        '{"email":"bob@example.com"}',
        "no basic auth credentials: basic authentication required",
        'Bearer realm="https://auth.example/token",service="registry"',
        "https://ghcr.io/token?service=ghcr.io&scope=repository:x:pull",
        "secret 'db-password' of project 'shop'",
    ],
)
def test_what_only_looks_like_a_credential_stays(text: str) -> None:
    assert NOTHING_KNOWN.hide(text) == text


HOSTILE = [
    "a://b:c",
    "://",
    "a:",
    "@",
    "a:@",
    "?a=",
    "a=",
    "x-token:",
    "bearer ",
    "x-",
    "a@sha256:",
    "a",
    '"',
    'pa"ss',
    "%",
    "\\",
    "x\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_of_a_megabyte_is_read_in_linear_time(piece: str) -> None:
    masks = Masks.of(['pa"ss\n\\word', "a" * 5000, "ab" * 300])
    before = process_time()
    masks.hide(piece * (1_000_000 // len(piece)))
    assert process_time() - before < 5


@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=200))
def test_no_value_and_no_text_is_too_odd(values: list[str], text: str) -> None:
    masks = Masks.of(values)
    masks.hide(text)
    for value in values:
        assert not hides(value) or value.strip() in MASK * 40 or value not in masks.hide(f"x {value} y")


def test_a_lone_surrogate_is_no_reason_to_fail() -> None:
    assert Masks.of(["abc\ud800defgh"]).hide("x abc\ud800defgh") == f"x {MASK}"


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("https://user:correct-horse@db.example/x", "correct-horse"),
        ("https://only-a-token-x@db.example/x", "only-a-token-x"),
        ("https://user:p%40ss-word-9@db.example/x", "p%40ss-word-9"),
        ("https://user:p%40ss-word-9@db.example/x", "p@ss-word-9"),
        ('{"login": {"password": "hunter2-and-more"}}', "hunter2-and-more"),
        (' ["hunter2-and-more"]', "hunter2-and-more"),
    ],
)
def test_of_a_value_that_holds_others_the_parts_are_known_too(value: str, part: str) -> None:
    assert Masks.of([value]).hide(f"it said {part} to me") == f"it said {MASK} to me"


def test_of_a_value_that_holds_none_no_part_is_taken_for_private() -> None:
    assert Masks.of(["https://www.example.com/plain-path"]).hide("www.example.com is down") == "www.example.com is down"
    assert Masks.of(["{not json at all}"]).hide("not json at all") == "not json at all"
