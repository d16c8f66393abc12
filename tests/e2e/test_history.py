"""What it says happened is what happened: the part of the score that runs on every push. All of it: `python -m tests.history`."""

from pathlib import Path

import pytest

from tests.history.kinds import ALL
from tests.history.page import Score, explain, table
from tests.history.run import Run, chosen
from tests.history.scene import Site
from tests.history.whole import wholeness
from tests.lab.cluster import Lab

pytestmark = pytest.mark.node


def test_what_is_told_of_each_kind_is_what_happened_and_the_record_is_whole(node_lab: Lab, tmp_path: Path) -> None:
    site = Site(node_lab, tmp_path)
    site.open()
    try:
        run = Run(site)
        run.go(chosen(ALL, (), fast=True))
        results = run.results()
        one = Score(results, run.failed, wholeness(site))
    finally:
        site.close()
    amiss = [explain(result) for result in results if not result.row.right]
    assert one.whole, table(one)
    assert not amiss, "\n".join([table(one), *amiss])
