"""Marks that nobody else can make: a label is a claim, and only a proof makes it more than that.

Whoever may write in a namespace may write any label there, ours too. So each write of ours leaves, beside its mark, a keyed
digest over the mark and the place where it stands; the key is the ledger's salt, which never leaves the ledger. A mark that
was invented, changed, or copied from another object has no such proof.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.objects import Mark, ObjectRef

FARTHEST_TIMELINE = 10**9 - 1
"""Older copies of a ledger that were accepted one after the other; what claims more is no count of ours."""
FARTHEST_POSITION = 10**18 - 1
"""Facts of a ledger; both together fit a label's 63 characters, and the stores' 64 bits."""
UNREADABLE = -1
"""The position of a mark whose numbers cannot be read, or lie beyond these bounds: it is no mark, and is newer than none."""
_DIGITS = 32

Genuine = Callable[[ObjectRef, Mark, str], bool]
"""Tells whether this ledger itself wrote this mark at this place, by its proof."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and checks the proofs of one ledger. `digest` is the ledger's own: hexadecimal, over its salt and what is given."""

    digest: Callable[[bytes], str]

    def proof(self, ref: ObjectRef, mark: Mark) -> str:
        """Give the proof of a mark at a place: 128 bits in hexadecimal, which fit a label."""
        parts = (ref.kind, ref.namespace, ref.name, mark.ledger, mark.action, str(mark.timeline), str(mark.position))
        # A document of the ledger is text of people or JSON: none begins like this, so no digest on record is a proof.
        return self.digest(b"\0mark\0" + "\0".join(parts).encode())[:_DIGITS]

    def genuine(self, ref: ObjectRef, mark: Mark, proof: str) -> bool:
        """Tell whether this ledger wrote this mark at this place."""
        # Who compares runs no request of the one who asks: there is no time to be measured here.
        return len(proof) == _DIGITS and proof == self.proof(ref, mark)
