"""A ledger in which a build of before wrote what cannot be read comes back by a recorded repair, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.desk.archive import Archive
from adapters.desk.repair import LedgerRepair
from adapters.desk.signature import Signature
from adapters.ledger.codec import Codec, Encoded, written
from adapters.ledger.ledger import StoredLedger
from adapters.ledger.names import NAMES
from domain.errors import Refused
from domain.facts import Fact
from domain.measuring import DurationMeasured
from domain.names import Key
from domain.record import Append, UncommittedFact
from domain.unsound import Unreadable
from tests.contracts.ledgers import ALICE, KINDS, NOON, fact_id, note, some

WEB = Key("shop", "web")
SIGNED = Signature(ALICE, "a replica answered NaN")


class TrustfulCodec(Codec):
    """The codec of before: it wrote whatever could be turned into JSON."""

    def encode(self, note: UncommittedFact[Fact]) -> Encoded:
        return Encoded(NAMES[type(note.fact)], written(note))


@pytest.fixture(params=[kind for kind in KINDS if kind.id != "memory"])
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoredLedger]:
    with request.param(tmp_path) as opener:
        ledger = opener()
        assert isinstance(ledger, StoredLedger)
        ledger.append([some("seen/shop/web", 0)])
        sound, vars(ledger)["_codec"] = vars(ledger)["_codec"], TrustfulCodec()
        unfit = note(DurationMeasured(float("nan"), 1, 1.0, (), NOON))
        ledger.append([Append("seen/shop/web", 1, (unfit,))])
        vars(ledger)["_codec"] = sound
        ledger.append([some("seen/shop/web", 2)])
        yield ledger


def test_it_is_whole_again_and_no_row_has_changed(broken: StoredLedger) -> None:
    repair = LedgerRepair(broken, fact_id, "test")
    before = [broken.bytes_at(position) for position in (1, 2, 3)]
    assert Archive(broken).standing(WEB).deployment.unsound
    assert [fault.position for fault in broken.verify().faults] == [2]
    (row,), none = repair.rows()

    repair.set_aside([row], SIGNED)

    assert (row.position, row.about, none) == (2, "shop/web", frozenset())
    assert [broken.bytes_at(position) for position in (1, 2, 3)] == before
    assert isinstance(broken.tail(1, 1)[0].fact, Unreadable)
    assert not Archive(broken).standing(WEB).deployment.unsound
    assert broken.verify().sound
    assert repair.rows() == ((), frozenset({2}))
    recorded = broken.tail(3)[0]
    assert (recorded.stream, recorded.metadata.reason) == ("seen/shop/web", SIGNED.reason)


def test_nothing_is_repaired_while_an_engine_leads_or_without_a_reason(broken: StoredLedger) -> None:
    repair = LedgerRepair(broken, fact_id, "test")
    rows, _ = repair.rows()

    with pytest.raises(Refused, match="needs a reason"):
        repair.set_aside(rows, Signature(ALICE))
    lease = broken.lead("engine-1", 60)
    assert lease is not None
    with pytest.raises(Refused, match="engine-1 leads"):
        repair.set_aside(rows, SIGNED)
    assert broken.head() == 3

    broken.release(lease)
    repair.set_aside(rows, SIGNED)
    assert broken.verify().sound
