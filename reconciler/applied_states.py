"""What the API server made of our writes, by digest: read from the ledger once, then kept while it is in use."""

from collections import OrderedDict

from domain.errors import Unsound
from domain.ports import Ledger
from domain.seen import AppliedState

KEPT = 20_000


class AppliedStates:
    """Looks applied states up in the ledger and remembers the ones used last."""

    def __init__(self, ledger: Ledger) -> None:
        """Begin with none."""
        self._ledger = ledger
        self._kept: OrderedDict[str, AppliedState] = OrderedDict()

    def look_up(self, digest: str) -> AppliedState | None:
        """Give an applied state; None when it was erased or never kept, or is not what its digest says."""
        if digest in self._kept:
            self._kept.move_to_end(digest)
            return self._kept[digest]
        try:
            body = self._ledger.document(digest) if digest else None
        except Unsound:
            return None  # `verify` and `doctor` name it; drift against it cannot be judged
        if body is None:
            return None
        applied_state = AppliedState.of(body)
        self.keep(digest, applied_state)
        return applied_state

    def keep(self, digest: str, applied_state: AppliedState) -> None:
        """Remember one; the one that was not used for longest is forgotten."""
        self._kept[digest] = applied_state
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
