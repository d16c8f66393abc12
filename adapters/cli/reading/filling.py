"""How much of an integration has come so far, from the last line that its fill has printed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from adapters.cli.session import Session
from domain.errors import DeadreckonError
from domain.objects import Kind, ObjectRef

if TYPE_CHECKING:
    from projections.filling import FillPicture

_LINE = re.compile(r"filling: ([0-9]{1,18}) bytes")
_AGAIN = 2.0
"""Seconds until a fill's log is asked for anew."""


class FillProgressReader:
    """Reads the logs of fills that run. A cluster that cannot be asked is no trouble: then nothing is said of bytes."""

    def __init__(self, session: Session, namespace: str) -> None:
        """Ask nothing yet."""
        self._session, self._namespace = session, namespace
        self._read: dict[str, tuple[float, int]] = {}

    def measured(self, pictures: "Iterable[FillPicture]") -> "Iterator[FillPicture]":
        """Give the pictures, those being filled with the bytes so far."""
        for one in pictures:
            yield replace(one, size=self._so_far(one.pod)) if one.stage == "filling" and one.pod else one

    def _so_far(self, pod: str) -> int:
        at, known = self._read.get(pod, (0.0, 0))
        if monotonic() - at < _AGAIN and at:
            return known
        self._read[pod] = (monotonic(), self._asked(pod) or known)
        return self._read[pod][1]

    def _asked(self, pod: str) -> int:
        ref = ObjectRef(Kind.POD.value, self._namespace, pod)
        try:
            lines = list(self._session.cluster().logs(ref, follow=False, previous=False, since=None, tail=1))
        except DeadreckonError:
            return 0
        found = _LINE.search(lines[-1]) if lines else None
        return int(found[1]) if found else 0
