"""Which addresses a question may reach: a server that is asked leads nowhere further inwards than where it stands itself."""

from collections.abc import Sequence

from adapters.spec_file.addresses import inner, private


class InnerAddress(Exception):
    """The way leads to loopback, to a link-local address, to a cloud's metadata, or from outside into a private network."""


class Gate:
    """Judges every address before it is connected to.

    The first addresses are those of the server that was named. What comes later (redirects, a realm, the same name asked
    again) was said by a server: it may lead to the same addresses, and outwards.
    """

    def __init__(self, *, inner_allowed: bool, first_may_be_inner: bool = False, private_allowed: bool = False) -> None:
        """`inner_allowed`: the owner lets everything be reached; `first_may_be_inner`: only the server that was named."""
        self._all = inner_allowed
        self._first_may = first_may_be_inner
        self._private = private_allowed
        self._first: frozenset[str] = frozenset()

    def admit(self, addresses: Sequence[str]) -> None:
        """Let addresses pass. Raises InnerAddress."""
        if self._all:
            return
        for address in addresses:
            if not (self._admits_later(address) if self._first else self._admits_first(address)):
                raise InnerAddress(address)
        self._first = self._first or frozenset(addresses)

    def _admits_first(self, address: str) -> bool:
        return self._first_may or not inner(_as_host(address))

    def _admits_later(self, address: str) -> bool:
        if address in self._first:
            return True
        if inner(_as_host(address)):
            return False
        inside = self._private or any(private(_as_host(known)) for known in self._first)
        return inside or not private(_as_host(address))


def _as_host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
