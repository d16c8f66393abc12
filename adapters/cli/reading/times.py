"""Times as people give them and read them. Data has RFC 3339 in UTC; people have their own zone, and ages."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta, tzinfo

from domain.errors import Refused
from projections.wording import span

FORMS = "14:05, 2026-11-22T14:05Z, 2026-11-22 14:05, 10m ago, yesterday 14:05, now"
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)[a-z]*\s*", re.IGNORECASE)
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_LONGEST = 100
"""Characters of a span; more are none."""
_SPANS = "write it like 90s, 30m, 1h30m or 2d; a plain number is seconds"
_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}


def parse_span(text: str) -> timedelta:
    """Read a span of time: `90s`, `30m`, `1h30m`, `2 days`; a plain number is seconds. Raises Refused."""
    rest, seconds = text.strip()[:_LONGEST], 0.0
    if _PLAIN.fullmatch(rest):
        rest += "s"
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise Refused(
                "span", f"{text!r} is no span of time", "write it like 90s, 30m, 1h30m or 2d; a plain number is seconds"
            )
        seconds += float(part[1]) * _UNITS[part[2].lower()]
        rest = rest[part.end() :]
    if not text.strip() or len(text.strip()) > _LONGEST or seconds > 100 * 365 * 86400:
        raise Refused("span", f"{text!r} is no span of time", _SPANS)
    return timedelta(seconds=seconds)


def parse_time(text: str, now: datetime) -> datetime:
    """Read an instant; without a zone it is in the person's own. Raises Refused with the forms that are understood.

    A bare time of day is the last one there was. What is written as a time to come is read as that: see `of_the_past`.
    """
    plain = " ".join(text.strip().split())
    if plain.lower() == "now":
        return now
    if plain.lower().endswith(" ago") and not _PLAIN.fullmatch(plain[:-4]):
        return now - parse_span(plain[:-4])
    if plain.lower().startswith("in ") and not _PLAIN.fullmatch(plain[3:]):
        return now + parse_span(plain[3:])
    if _PART.match(plain) and not _PLAIN.fullmatch(plain):  # `--since 5m`, as kubectl has it
        with suppress(Refused):
            return now - parse_span(plain)
    found = _of_a_day(plain, now) or _whole(plain, now)
    if found is None:
        raise Refused("time", f"{text!r} is no time that is understood", f"write it like one of: {FORMS}")
    return found


def of_the_past(when: datetime, now: datetime, text: str) -> datetime:
    """Give a time back that has come by now. Raises Refused (future): of what is to come nothing is on record."""
    if when > now:
        said = f"{text!r} is in the future: it means {echoed(when)}, and it is {echoed(now)} now"
        raise Refused("future", said, "the record holds what has happened: write a time that has passed, or leave it out for now")
    return when


def _of_a_day(text: str, now: datetime) -> datetime | None:
    day, _, clock = text.lower().rpartition(" ")
    try:
        hour = time.fromisoformat(clock.upper())
    except ValueError:
        return None
    zone = hour.tzinfo or local_zone(now)
    today = now.astimezone(zone).date()
    if day:
        return _at(today + timedelta(days=_DAYS[day]), hour, zone) if day in _DAYS else None
    at = _at(today, hour, zone)
    return at if at <= now else at - timedelta(days=1)


def _whole(text: str, now: datetime) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.upper())
        if not MINYEAR + 1 < at.year < MAXYEAR:  # another zone's would lie outside of what can be reckoned with
            return None
        return at if at.tzinfo else at.replace(tzinfo=None).astimezone(_zone_for(at, now))
    except (ValueError, OverflowError):
        return None


def _at(day: date, hour: time, zone: tzinfo) -> datetime:
    naive = datetime.combine(day, hour.replace(tzinfo=None))
    return naive.replace(tzinfo=zone)


def _zone_for(naive: datetime, now: datetime) -> tzinfo:
    return local_zone(naive if naive.year > 1970 else now)


def local_zone(near: datetime) -> tzinfo:
    """Give the person's zone, as it is around a time (summer or winter)."""
    zone = near.astimezone().tzinfo
    assert zone is not None, "astimezone gives a zone"
    return zone


def ago(then: datetime | None, now: datetime) -> str:
    """Say how long it is since, or until: `3 min ago`, `in 2 h`, `just now`."""
    if then is None:
        return "-"
    seconds = (now - then).total_seconds()
    if abs(seconds) < 1:
        return "just now"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(-seconds)}"


def age(then: datetime | None, now: datetime) -> str:
    """Say how old something is in one unit, for a column: `3 min`."""
    return "-" if then is None else " ".join(span((now - then).total_seconds()).split()[:2])


def clocked(when: datetime, now: datetime) -> str:
    """Write a time for a person, in their zone: the time of day, with the date where it is another day."""
    local, today = when.astimezone(local_zone(when)), now.astimezone(local_zone(now)).date()
    clock = local.strftime("%H:%M:%S")
    return clock if local.date() == today else f"{local:%Y-%m-%d} {clock}"


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """How the times of one list are written: of today by their time of day; else all with dates, and the zone in the head.

    Where the zone's offset changes within the list (summer, winter) each time has its own.
    """

    today: bool
    zone: str = ""

    @classmethod
    def of(cls, times: Iterable[datetime], now: datetime) -> "TimeColumn":
        """Look at all times of a list."""
        local = [when.astimezone(local_zone(when)) for when in times]
        zones = {_zone(when) for when in local}
        today = now.astimezone(local_zone(now)).date()
        return cls(all(when.date() == today for when in local), zones.pop() if len(zones) == 1 else "")

    def head(self, title: str) -> str:
        """Give a column's title with the zone that its times are in, where that is to be said."""
        return title if self.today or not self.zone else f"{title} ({self.zone.replace(' (', ' ').rstrip(')')})"

    def write(self, when: datetime) -> str:
        """Write one of the times."""
        local = when.astimezone(local_zone(when))
        if self.today:
            return local.strftime("%H:%M:%S")
        return f"{local:%Y-%m-%d %H:%M:%S}" if self.zone else echoed(when)


def echoed(when: datetime) -> str:
    """Write an instant so that nobody can mistake it: date, time, zone and offset."""
    local = when.astimezone(local_zone(when))
    return f"{local:%Y-%m-%d %H:%M:%S} {_zone(local)}".strip()


def _zone(local: datetime) -> str:
    offset, name = local.strftime("%z"), local.tzname() or ""
    return name if name == "UTC" else f"{name} ({offset[:3]}:{offset[3:]})"
