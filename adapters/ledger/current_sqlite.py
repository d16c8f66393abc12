"""A current SQLite in the place of the interpreter's own, before the event store imports it.

SQLite 3.7.0 to 3.51.2 may corrupt a database in WAL mode when two connections write and checkpoint at the same moment (the
WAL-reset bug; cured in 3.51.3 and, carried back, in 3.50.7 and 3.44.6). Distributions still ship such versions.
"""

import sys
from typing import TYPE_CHECKING

from domain.errors import Unfit

if TYPE_CHECKING:
    import sqlite3
else:
    import pysqlite3 as sqlite3
    from pysqlite3 import dbapi2

    sys.modules["sqlite3"] = sqlite3
    sys.modules["sqlite3.dbapi2"] = dbapi2

Version = tuple[int, int, int]

_CURED = (3, 51, 3)
_CARRIED_BACK = {(3, 50): 7, (3, 44): 6}


def may_corrupt(version: Version) -> bool:
    """Tell whether this SQLite has the WAL-reset bug."""
    cured_since = _CARRIED_BACK.get((version[0], version[1]))
    return version < _CURED and (cured_since is None or version[2] < cured_since)


def refuse_corrupting(version: Version = sqlite3.sqlite_version_info) -> None:
    """Raise Unfit when this SQLite may corrupt a ledger."""
    if may_corrupt(version):
        raise Unfit(
            f"SQLite {'.'.join(map(str, version))} may corrupt a ledger (its WAL-reset bug)",
            "install the package pysqlite3 (>= 0.6.1), which brings a current SQLite",
        )


__all__ = ["may_corrupt", "refuse_corrupting", "sqlite3"]
