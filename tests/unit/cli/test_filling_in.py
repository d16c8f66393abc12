"""What a file leaves open is filled by `--image`, `--set` and `--name` before the file is judged."""

import pytest

from tests.unit.cli.typed import Reckon

OPEN = "name: act\nimage: {}\nport: 8000\nresources: {{instanceType: C4}}\n"
LEFT_OPEN = [":image", '""', "", "${IMAGE}", '"{{ image }}"', "<image>", "Not/An/Image"]
WITH = [("--image", "registry.example/a:1"), ("--set", "image=registry.example/a:1")]


@pytest.mark.parametrize("filling", WITH, ids=["image", "set"])
@pytest.mark.parametrize("image", LEFT_OPEN)
def test_a_placeholder_for_the_image_is_filled_before_the_file_is_judged(
    reckon: Reckon, image: str, filling: tuple[str, str]
) -> None:
    file = reckon.with_an_engine().file(OPEN.format(image))

    assert reckon("check", file, *filling).exit_code == 0
    assert "+ image: registry.example/a:1" in reckon("plan", file, *filling).stdout
    submitted = reckon("submit", file, *filling, "--detach")

    assert submitted.exit_code == 0
    assert reckon.data("get", "act")["wanted"]["image"] == "registry.example/a:1"


def test_the_control_without_the_option_it_is_refused_and_the_option_is_named(reckon: Reckon) -> None:
    file = reckon.file(OPEN.format(":image"))

    for command in ("check", "plan", "submit"):
        result = reckon(command, file)
        assert result.exit_code == 3
        assert "reckon submit FILE --image IMAGE" in result.output


def test_any_field_may_be_left_open_and_lists_and_mappings_that_are_missing_are_made(reckon: Reckon) -> None:
    file = reckon.with_an_engine().file("name: act\nresources: {replicas: $N}\n")
    sets = ("resources.replicas=3", "resources.machineType=C4", "resources.ports[0]=80", "command[0]=serve", "env.A=1")

    result = reckon("submit", file, "--detach", "--image", "web:1", *(word for one in sets for word in ("--set", one)))

    assert result.exit_code == 0, result.output
    wanted = reckon.data("get", "act")["wanted"]
    assert (wanted["machine_type"], wanted["replicas"], wanted["ports"]) == ("C4", 3, [80])
    assert [str(variable).partition("=")[0] for variable in wanted["env"]] == ["A"]


def test_what_is_wrong_in_an_option_is_told_of_the_option_and_shows_no_line_of_the_file(reckon: Reckon) -> None:
    result = reckon("check", reckon.file(OPEN.format(":image")), "--image", "Web:1")

    assert result.exit_code == 3
    assert "--set:1:1: error: image: a repository's name is lower-case (given: 'Web:1')" in result.stdout
    assert "name: act" not in result.stdout


def test_a_file_is_written_anew_only_as_it_stands(reckon: Reckon) -> None:
    file = reckon.file(OPEN.format("web:1"))
    assert reckon("check", "--fix", file, "--image", "web:2").exit_code == 2


@pytest.mark.parametrize("command", ["check", "plan", "submit"])
@pytest.mark.parametrize("option", ["--name", "-n"])
def test_a_missing_name_is_told_with_the_option_that_gives_it_and_each_command_takes_it(
    reckon: Reckon, command: str, option: str
) -> None:
    file = reckon.file("image: web:1\nresources: {machineType: C4}\n")

    refused = reckon(command, file)
    assert refused.exit_code == 3
    assert "give it with --name NAME" in refused.output
    assert "is required" not in reckon(command, file, option, "web", *(["--detach"] if command == "submit" else [])).output
