"""Draws docs/pictures/*.svg from a real run of `reckon demo`: `.venv/bin/python scripts/pictures.py`."""

import io
import os
import pty
import re
import struct
import sys
import tempfile
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from shlex import join
from termios import TIOCSWINSZ

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100
PICTURES = {"the-log.svg": (["history", "web"], ["why", "web"], ["replay", "web"])}
STYLE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px;
line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
<rect fill="#0d1117" width="{width}" height="{height}" rx="10"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">
{matrix}
</g></g></svg>
"""
"""As Rich draws it, without a window's frame and without a font from elsewhere."""


def main() -> None:
    """Play the demo for a person called ada, then draw what the next commands show."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"XDG_DATA_HOME": home, "LOGNAME": "ada", "TERM": "xterm-256color"}
        typed(["demo", "--pace", "30"])
        os.environ |= {"RECKON_LEDGER": f"{home}/deadreckon/demo.sqlite", "RECKON_PROJECT": "demo"}
        for name, commands in PICTURES.items():
            draw(ROOT / "docs" / "pictures" / name, commands)


def typed(arguments: list[str]) -> str:
    """Run `reckon` as on a terminal of a fixed width; gives what it wrote, colours and all."""
    child, screen = pty.fork()
    if child == 0:
        ioctl(1, TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "adapters.main", *arguments])  # noqa: S606 (no shell is wanted)
    said = b""
    with suppress(OSError):  # a terminal whose program has ended answers so
        while piece := os.read(screen, 65536):
            said += piece
    os.close(screen)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"reckon {join(arguments)} failed:\n{said.decode()}")
    return said.decode().replace("\r\n", "\n")


def draw(place: Path, commands: tuple[list[str], ...]) -> None:
    """Write what some commands show as one picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for command in commands:
        console.print(Text.assemble(("$ ", "bright_black"), (f"reckon {join(command)}", "bold bright_white")))
        console.print(Text.from_ansi(typed(command).rstrip()))
        console.print()
    svg = console.export_svg(title="", code_format=STYLE, unique_id="screen")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE))


if __name__ == "__main__":
    main()
