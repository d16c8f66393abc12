"""Make every kind of fact happen on the lab, rate what the product tells of each, and print the score.

python -m tests.history                               # all, on a lab of its own
python -m tests.history --only "foreign: image" --explain "foreign: image"
python -m tests.history --load                        # and once more under load, with an engine killed in the middle
python -m tests.history --write docs/what-is-known.md
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.history import page
from tests.history.kinds import ALL
from tests.history.load import Load
from tests.history.run import Result, Run, chosen, say
from tests.history.scene import Site
from tests.history.truth import Kind
from tests.history.whole import wholeness
from tests.lab.cluster import Lab


def main() -> int:
    """Do what the person asked for; exit 1 when a certain answer was wrong, or the ledger is not whole."""
    asked = _asked()
    kinds = chosen(ALL, asked.only, fast=asked.fast)
    if asked.list:
        sys.stdout.writelines(f"{kind.theme:18} {kind.name}\n" for kind in kinds)
        return 0
    runs = [_run(kinds, asked, load=False), *([_run(kinds, asked, load=True)] if asked.load else [])]
    for one in runs:
        if asked.json:
            sys.stdout.write(json.dumps(page.data(one), indent=1, default=str) + "\n")
        else:
            sys.stdout.write(page.table(one))
        for name in asked.explain:
            sys.stdout.writelines(page.explain(result) for result in one.results if name.lower() in result.happened.kind.lower())
    if asked.write:
        asked.write.write_text(page.page(runs))
    return int(any(result.row.wrong for one in runs for result in one.results) or not all(one.whole for one in runs))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.history", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="KIND", help="only kinds whose name has these words, or of that theme"
    )
    parser.add_argument("--fast", action="store_true", help="only the part that runs on every push")
    parser.add_argument("--load", action="store_true", help="all of it once more, under load, an engine killed in the middle")
    parser.add_argument("--without-audit-log", action="store_true", help="with an engine that has no audit log")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    parser.add_argument("--list", action="store_true", help="only name the kinds")
    parser.add_argument("--explain", nargs="+", default=[], metavar="KIND", help="show what was read of a kind")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page")
    return parser.parse_args()


def _run(kinds: Sequence[Kind], asked: argparse.Namespace, *, load: bool) -> page.Score:
    lab = Lab.start(
        node=True, second=any(kind.needs == "second" for kind in kinds), metrics=any(kind.needs == "metrics" for kind in kinds)
    )
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="history-") as folder:
            site = Site(lab, Path(folder), audited=not asked.without_audit_log)
            site.open()
            try:
                return _score(site, kinds, began, load=load)
            finally:
                site.close()
    finally:
        lab.stop()


def _score(site: Site, kinds: Sequence[Kind], began: float, *, load: bool) -> page.Score:
    run = Run(site)
    together = sum(not kind.alone for kind in kinds)
    with Load(site, lambda: len(run.happened) * 2 >= together, on=load):
        run.go(kinds)
    say("all has happened; reading")
    results: list[Result] = run.results()
    troubles = wholeness(site)
    return page.Score(results, run.failed, troubles, load=load, audited=site.audited, seconds=time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
