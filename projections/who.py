"""Who acted: by which account, and in whose name; in the same words on every screen.

In data these are two fields, `who` (the account) and `acting_as` (the name that was given with `--as`; empty: in their own). Only
what a person reads puts them together, so that nobody passes for another by what an account or a name is called.
"""

from typing import Protocol

from domain.record import Who
from projections.wording import one_line

LONGEST = 60
"""Characters of an account, or of a name, that are shown; data has the whole."""


class Signed(Protocol):
    """What an account did, in a name: a version, a hold."""

    @property
    def who(self) -> str:
        """Give the account."""
        ...

    @property
    def acting_as(self) -> str:
        """Give the name that it acted in; empty: its own."""
        ...


def account_as(account: str, acting_as: str = "") -> str:
    """Name an account, and in whose name it acted: `runner (as ann)`."""
    name = one_line(account, LONGEST) or "someone"
    return f"{name} (as {one_line(acting_as, LONGEST)})" if acting_as else name


def whose(signed: Signed) -> str:
    """Name whose it is, and in whose name they did it."""
    return account_as(signed.who, signed.acting_as)


def person(who: Who) -> str:
    """Name who acted, and in whose name."""
    return account_as(who.name, who.acting_as)


def assurance(who: Who) -> str:
    """Say how surely it is known that it was this account."""
    return "proved" if who.surety == "authenticated" else "claimed, not proved"
