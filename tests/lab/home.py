"""Where the lab keeps its things: built binaries in a cache, each running lab in a folder of its own."""

import os
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def cache() -> Path:
    """The folder of built binaries; it outlives the lab and may be thrown away at any time."""
    chosen = os.environ.get("RECKON_LAB_CACHE")
    folder = Path(chosen) if chosen else Path.home() / ".cache" / "deadreckon-lab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def runs() -> Path:
    """The folder that holds one folder for each running (or crashed) lab; only we may look inside."""
    folder = Path(tempfile.gettempdir()) / f"deadreckon-lab-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
