"""`scripts/setup` makes an environment in which nothing has to be compiled at a start."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "setup"
OURS = ("adapters", "domain", "projections", "reconciler")


def set_up(clone: Path) -> subprocess.CompletedProcess[str]:
    """Run the script in a small clone that needs no package; nothing is asked of a network."""
    env = {"PATH": os.environ["PATH"], "RECKON_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1", "PIP_NO_INDEX": "1"}
    return subprocess.run(["scripts/setup", "none.lock"], cwd=clone, env=env, capture_output=True, text=True, check=False)


def test_ours_and_what_it_needs_is_compiled_once(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "none.lock").touch()
    for package in OURS:
        (tmp_path / package).mkdir()
        (tmp_path / package / "one.py").touch()
    first = set_up(tmp_path)
    assert first.returncode == 0, first.stderr
    assert "Installing" in first.stderr
    for package in OURS:
        assert list((tmp_path / package).glob("__pycache__/one.*.pyc"))
    assert list((tmp_path / ".venv").glob("lib/python*/site-packages/pip/__pycache__/*.pyc"))
    assert set_up(tmp_path).stderr == ""
