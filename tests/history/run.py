"""A run: kinds made to happen, theme beside theme, then read through the product's own commands and rated."""

import sys
import threading
import time
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from tests.e2e.tryout import TryOut
from tests.history import kube_events
from tests.history.rating import Line, Row, Told, flaws, rate, telling
from tests.history.scene import HANDS, Scene, Site, now
from tests.history.truth import Happened, Kind

SIDE_BY_SIDE = 3
"""So many themes happen at once: two cores carry no more."""


@dataclass(frozen=True, slots=True)
class Result:
    """One kind, rated; and what was read of it, for who asks why it was rated so."""

    happened: Happened
    row: Row
    line: Line | None
    why: dict[str, Any] | None
    flaws: tuple[str, ...]
    kube: bool
    """`kubectl get events` told it at once."""
    left: bool
    """What it changed can still be read from the objects once the Events are gone."""


@dataclass
class Run:
    """What has happened so far, and what could not be made to happen."""

    site: Site
    happened: list[Happened] = field(default_factory=list[Happened])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    left: set[str] = field(default_factory=set[str])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def go(self, kinds: Sequence[Kind]) -> None:
        """Make all happen: themes side by side, then one by one what disturbs all else."""
        themes = list(dict.fromkeys(kind.theme for kind in kinds))
        beside = {theme: [kind for kind in kinds if kind.theme == theme and not kind.alone] for theme in themes}
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            list(pool.map(self._theme, sorted(filter(None, beside.values()), key=lambda each: -len(each))))
        for theme in themes:
            self._theme([kind for kind in kinds if kind.theme == theme and kind.alone])

    def _theme(self, kinds: Sequence[Kind]) -> None:
        if not kinds:
            return
        scene = Scene(self.site, kinds[0].theme)
        for number, kind in enumerate(kinds):
            scene.user = HANDS[number % len(HANDS)]
            self._one(scene, kind)

    def _one(self, scene: Scene, kind: Kind) -> None:
        began = time.monotonic()
        try:
            scene.begin()
            truth = kind.happen(scene)
            told = scene.wait_told(truth, kind.patience)
            happened = Happened(kind.name, kind.theme, scene.house.project, scene.name, truth)
            with self.lock:
                self.happened.append(happened)
            self.events[kind.name] = kube_events.read(scene)
            if kube_events.left(truth, kube_events.objects(scene)):
                self.left.add(kind.name)
            say(f"{kind.name}: {'on record' if told else 'not told'}, {time.monotonic() - began:.1f} s")
        except Exception as wrong:  # noqa: BLE001 (one kind that cannot be made to happen must not end the others)
            self.failed[kind.name] = "".join(traceback.format_exception(wrong)[-3:])
            say(f"{kind.name}: could not be made to happen: {str(wrong)[:300]}")
        finally:
            self._undo(scene, kind)

    def _undo(self, scene: Scene, kind: Kind) -> None:
        if kind.undo:
            try:
                kind.undo(scene)
            except Exception as wrong:  # noqa: BLE001 (as above)
                say(f"{kind.name}: could not be taken back: {str(wrong)[:300]}")

    def results(self) -> list[Result]:
        """Read what the product tells of each, once all has happened, and rate it."""
        read = Reading(self.site)
        return [self._result(read, one) for one in self.happened]

    def _result(self, read: "Reading", one: Happened) -> Result:
        told, line = read.told(one)
        kube = kube_events.tells(one.truth, self.events.get(one.kind, ()))
        bad = flaws(one.truth, line) if line else ()
        return Result(one, rate(one.truth, told), line, dict(told.why) if told.why else None, bad, kube, one.kind in self.left)


@dataclass
class Reading:
    """The product's answers, each asked for once, as a person at the command line asks."""

    site: Site
    kept: dict[tuple[str, ...], Any] = field(default_factory=dict[tuple[str, ...], Any])

    def told(self, one: Happened) -> tuple[Told, Line | None]:
        """Give what the product tells about one, and the fact that tells it."""
        own = _lines(self._ask(one.project, "events", one.deployment, "--last", "0"))
        everything = _lines(self._ask(one.project, "events", "--last", "0"))
        line = telling(one.truth, own) or telling(one.truth, everything)
        why = self._ask(one.project, "why", str(line["position"])) if line else None
        return Told(own, everything, why, self.site.audited), line

    def _ask(self, project: str, *typed: str) -> Any:  # noqa: ANN401 (JSON)
        if (project, *typed) not in self.kept:
            house = self.site.house(project)
            settings = {name: value for name, value in house.environment.items() if name.startswith("RECKON_")}
            # In this process: nothing else runs by now, and some hundreds of starts of Python take minutes.
            said = TryOut(house.folder, house.ledger_place, settings).type(*typed, "-o", "json")
            self.kept[project, *typed] = said.json if said.exit == 0 else None
        return self.kept[project, *typed]


def _lines(answer: Any) -> list[Line]:  # noqa: ANN401 (JSON)
    return cast("list[Line]", answer) if isinstance(answer, list) else []


def say(text: str) -> None:
    """Tell the person at the terminal how far it is."""
    sys.stderr.write(f"{now():%H:%M:%S} {text}\n")
    sys.stderr.flush()


def interval(began: datetime, seconds: float) -> tuple[datetime, datetime]:
    """Give the interval that begins then and is so long."""
    return began, began + timedelta(seconds=seconds)


def chosen(kinds: Iterable[Kind], only: Sequence[str], *, fast: bool) -> list[Kind]:
    """Give the kinds that a person asked for, by name or a part of it, or by theme."""
    return [
        kind
        for kind in kinds
        if (kind.fast or not fast) and (not only or any(word.lower() in kind.name.lower() or word == kind.theme for word in only))
    ]


__all__ = ["Reading", "Result", "Run", "chosen", "interval", "say"]
