"""`reckon list` narrowed, sorted, page by page."""

import json
import shlex

import pytest

from tests.unit.cli_reading.conftest import Desk


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A shop that failed, an API that is short of replicas, a night job that is held, and one that is gone."""
    desk = Desk(tmp_path_factory.mktemp("told") / "ledger.sqlite")
    told = desk.story().bound().led()
    told.submitted(image="registry.example/team/shop:2").applied().crashing("KeyError: 'CARTS'").later(minutes=10).failed()
    told.beside("web/api").submitted(replicas=2, image="r/api:9").applied().ready().healthy().probe_failed()
    told.beside("old").submitted(image="r/old:1").applied().ready().healthy().deleted().gone()
    told.beside("night").submitted(replicas=3, image="r/night:1").applied().ready().healthy().drifted().held("on call")
    desk.tell(told.later(minutes=2))
    return desk


def names(told: Desk, typed: str) -> list[str]:
    return [row["name"] for row in json.loads(told.reckon("list", "-o", "json", *shlex.split(typed)).stdout)]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ["night", "shop", "web/api"]),
        ("--state failed", ["shop"]),
        ("--state failed --state degraded", ["shop", "web/api"]),
        ("--state FAILED,held", ["night", "shop"]),
        ("--state healthy", []),
        ("--state '!failed'", ["night", "web/api"]),
        ("--state '!failed,!degraded'", ["night"]),
        ("--state gone", []),
        ("--all --state gone", ["old"]),
        ("--machine c4", ["night", "shop", "web/api"]),
        ("--machine A100", []),
        ("--image shop", ["shop"]),
        ("-l deadreckon.dev/project=default", ["night", "shop", "web/api"]),
        ("--selector deadreckon.dev/project!=default", []),
        ("--reverse", ["web/api", "shop", "night"]),
        ("--limit 2", ["night", "shop"]),
        ("--limit 2 --after shop", ["web/api"]),
        ("--after web/api", []),
        ("--after shop --state degraded", ["web/api"]),
        ("--after night --state failed", ["shop"]),
        ("-A --limit 1 --after default/shop", ["web/api"]),
    ],
)
def test_a_list_is_narrowed_sorted_and_paged(told: Desk, typed: str, shown: list[str]) -> None:
    assert names(told, typed) == shown


@pytest.mark.parametrize("by", ["name", "state", "machine", "image", "version", "replicas", "restarts", "age", "project"])
def test_it_may_be_sorted_by_what_it_shows(told: Desk, by: str) -> None:
    assert sorted(names(told, f"--sort-by {by}")) == ["night", "shop", "web/api"]
    assert told.reckon("list", "--sort-by", by, "--limit", "1").exit_code == 0


@pytest.mark.parametrize("columns", [80, 120])
def test_the_heading_says_what_is_left_out(told: Desk, columns: int) -> None:
    shown = told.reckon("list", "--state", "failed,degraded", columns=columns).stdout.splitlines()
    assert shown[0] == "state failed or degraded: 2 of the 3 in project default"
    assert shown[1].startswith("NAME ")
    assert told.reckon("list", "--machine", "C4").stdout.startswith("NAME "), "nothing is left out, nothing is said"


def test_an_empty_answer_names_the_filter(told: Desk) -> None:
    shown = told.reckon("list", "--state", "healthy", "--image", "web")
    assert shown.exit_code == 0
    expected = "none of the 3 deployments in project default has state healthy, image web: reckon list shows them\n"
    assert shown.stdout == expected
    assert names(told, "--state healthy --image web") == []


def test_a_page_says_what_comes_next(told: Desk) -> None:
    assert "1 more: --after shop" in told.reckon("list", "--limit", "2").stderr
    assert "more:" not in told.reckon("list", "--limit", "3").stderr
    assert told.reckon("list", "--after", "web/api").stdout == "nothing comes after that one: all 3 stand before it\n"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--state faild", "there is no state 'faild'; did you mean failed?"),
        ("--sort-by nmae", "did you mean name?"),
        ("--after shp", "there is no 'shp' in this list; did you mean shop?"),
        ("-l a=b=c", "'a=b=c' is no requirement of labels; write a=b"),
        ("--limit 0", "--limit"),
    ],
)
def test_what_cannot_be_asked_for_is_an_error_of_usage(told: Desk, typed: str, said: str) -> None:
    shown = told.reckon("list", *shlex.split(typed))
    assert shown.exit_code == 2
    assert said in " ".join(shown.output.replace("│", " ").split())


def test_what_was_asked_for_cannot_write_on_the_terminal(told: Desk) -> None:
    assert "\x1b" not in told.reckon("list", "--image", "\x1b[31mx", "--state", "failed").output
