"""A ledger's place: what kind it is, and how it is shown to people, without its password."""

import re

from domain.errors import Unfit

_SCHEMES = ("postgresql://", "postgres://")


def in_postgres(location: str) -> bool:
    """Tell whether a place is a PostgreSQL's URL; else it is the path of a file. Raises Unfit when it is neither."""
    if location.startswith(_SCHEMES):
        if location.count("@") > 1:
            raise Unfit("the ledger's URL holds more than one @", "write the one in the user's name or password as %40")
        return True
    if "://" in location:
        scheme = location.partition("://")[0]
        raise Unfit(f"a ledger cannot be kept in {scheme!r}", "name a postgresql:// URL or the path of an SQLite file")
    return False


def shown(location: str) -> str:
    """Write a place for people: a URL without its password and its options."""
    scheme, mark, rest = location.partition("://")
    if not mark:
        return location
    before, at, after = rest.rpartition("@")
    user = re.split(r"[:/?]", before)[0]
    return f"{scheme}://{user}{at}{after.partition('?')[0]}"
