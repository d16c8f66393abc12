"""The scripts of fills, run for real with hostile words in their environment: nothing of these is ever run, or told."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from domain.filling import FINAL
from reconciler.fill_scripts import FILL_BUCKET, FILL_GIT

pytestmark = pytest.mark.skipif(shutil.which("awk") is None, reason="there is no awk here")

SCRIPTS = {"git": FILL_GIT, "bucket": FILL_BUCKET}
WORDS = (
    "$(touch ran)",
    "`touch ran`",
    "; touch ran;",
    "' ; touch ran ; '",
    '" ; touch ran ; "',
    "a\ntouch ran\n",
    "--upload-pack=touch ran",
    "-exec touch ran {} +",
    "${IFS}touch${IFS}ran",
    "*",
    "%s%n",
    "\\\\$(touch ran)",
    "|touch ran",
    "ü\u202e\x1b[2J",
)
VARIABLES = (
    "FILL_URL",
    "FILL_ORIGIN",
    "FILL_REF",
    "FILL_IDENTITY",
    "FILL_USERNAME",
    "FILL_PASSWORD",
    "FILL_FROM",
    "FILL_LISTING",
    "FILL_AT",
    "RCLONE_CONFIG_SOURCE_REGION",
    "RCLONE_CONFIG_SOURCE_ENDPOINT",
    "RCLONE_CONFIG_SOURCE_ACCESS_KEY_ID",
    "RCLONE_CONFIG_SOURCE_SECRET_ACCESS_KEY",
)
STUB = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done >> "$CALLS"
printf '\\n' >> "$CALLS"
{body}
"""
TALKATIVE = 'printf "fatal: it said <%s> and <%s>\\n" "$FILL_PASSWORD" "$RCLONE_CONFIG_SOURCE_SECRET_ACCESS_KEY" >&2; exit 1'


def ran(folder: Path, script: str, said: dict[str, str], body: str = "exit 0") -> subprocess.CompletedProcess[str]:
    """Run a script with stubs in place of its tools, and its fixed paths within a folder."""
    programs, into = folder / "bin", folder / "fill"
    for made in (programs, into, folder / "tmp"):
        made.mkdir(exist_ok=True)
    for name in ("git", "rclone"):
        (programs / name).write_text(STUB.format(body=body))
        (programs / name).chmod(0o755)
    own = script.replace("/tmp/", f"{folder}/tmp/").replace("/dev/termination-log", f"{folder}/last-words")
    path = f"{programs}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(folder), "FILL_INTO": str(into), "CALLS": str(folder / "calls"), **said}
    with (folder / "told").open("w") as told:  # not a pipe: what sleeps in the background would keep it open
        return subprocess.run(
            ["/bin/sh", "-c", own], env=environment, cwd=folder, stderr=told, text=True, timeout=60, check=False
        )


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("kind", SCRIPTS)
def test_no_word_of_a_spec_is_ever_run(tmp_path: Path, kind: str, word: str) -> None:
    ran(tmp_path, SCRIPTS[kind], dict.fromkeys(VARIABLES, word))
    assert (tmp_path / "calls").exists()
    assert not list(tmp_path.rglob("ran"))


def test_the_control_a_script_that_words_are_written_into_runs_them(tmp_path: Path) -> None:
    ran(tmp_path, FILL_GIT.replace('"$FILL_URL"', WORDS[0]), dict.fromkeys(VARIABLES, "x"))
    assert list(tmp_path.rglob("ran"))


@pytest.mark.parametrize("kind", SCRIPTS)
@pytest.mark.parametrize("word", ["main", "--upload-pack=x", "-c", "+x:y", "a b"])
def test_each_word_stays_one_and_no_option(tmp_path: Path, kind: str, word: str) -> None:
    ran(tmp_path, SCRIPTS[kind], {**dict.fromkeys(VARIABLES, "x"), "FILL_REF": word, "FILL_FROM": word, "FILL_IDENTITY": ""})
    calls = [line.split("\0")[:-1] for line in (tmp_path / "calls").read_text().splitlines()]
    if kind == "git":
        fetched = next(call for call in calls if call[0] == "fetch")
        assert fetched[-3:] == ["--", "origin", word]
    else:
        assert any(f"source:{word}" in call for call in calls)


SECRETS = [
    "hunter2hunter2",
    "first line\nsecond line",
    "a.*[b]\\",
    "&&&&",
    "$(id)x",
    "tab\there",
    "ends so\n",
    "(masked)",
    "üüüü",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("kind", SCRIPTS)
def test_no_secret_is_in_the_last_words_whatever_the_tool_says(tmp_path: Path, kind: str, secret: str) -> None:
    said = {**dict.fromkeys(VARIABLES, "x"), "FILL_PASSWORD": secret, "RCLONE_CONFIG_SOURCE_SECRET_ACCESS_KEY": secret}
    done = ran(tmp_path, SCRIPTS[kind], said, TALKATIVE)
    words = (tmp_path / "last-words").read_text()
    assert done.returncode in {1, FINAL}
    assert "it said <(masked)" in words
    for part in secret.splitlines():
        assert part not in words.replace("(masked)", "")
        assert part not in (tmp_path / "told").read_text().replace("(masked)", "")


def test_what_is_told_of_a_full_volume_is_json_whatever_its_files_are_called(tmp_path: Path) -> None:
    (tmp_path / "fill").mkdir()
    names = ['a"b', "a\nb", "$(touch ran)", "-rf", "ü", "a b"]
    fill = "; ".join(f"printf x > {tmp_path}/fill/{index}" for index in range(len(names)))
    done = ran(tmp_path, FILL_BUCKET, {"FILL_FROM": "x", "FILL_IDENTITY": "listing:0"}, f"{fill}; exit 0")
    assert done.returncode == 0
    assert json.loads((tmp_path / "last-words").read_text()).items() >= {"bytes": 6, "files": 6, "identity": "listing:0"}.items()
