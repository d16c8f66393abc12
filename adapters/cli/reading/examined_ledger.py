"""What a doctor looks at in the ledger's own bytes: its rows and documents, and whether its database guards itself."""

from adapters.cli.reading.patient import Found, Patient, Question
from projections.wording import count, one_line

NEWEST = 20_000
"""A longer ledger is not read whole by a doctor: `verify` does."""


def the_rows(patient: Patient) -> Found:
    """See whether what stands in the ledger is as it must be: order, names, times, ids, documents."""
    from adapters.ledger.ledger import StoredLedger

    ledger = patient.session.ledger
    if not isinstance(ledger, StoredLedger):
        return Found("rows", ok=None, said="not looked at: this ledger is kept in memory")
    report = ledger.verify(newest=NEWEST)
    if not report.sound:
        others = len(report.faults) + report.more - 1
        more = f" (and {others} more: reckon verify --every-fault)" if others else ""
        return Found("rows", ok=False, said=one_line(report.faults[0].what, 400) + more, cure=report.faults[0].cure)
    part = "" if report.head <= NEWEST else f" of the newest {NEWEST:,} facts; `reckon verify` reads all"
    return Found("rows", ok=True, said=f"{count(report.facts, 'fact')} and {count(report.documents, 'document')} are sound{part}")


def the_guards(patient: Patient) -> Found:
    """See whether the database itself holds all who write to the rules."""
    from adapters.ledger.ledger import StoredLedger

    ledger = patient.session.ledger
    if not isinstance(ledger, StoredLedger):
        return Found("guards", ok=None, said="not looked at: this ledger is kept in memory")
    if not ledger.guarded():
        said = "a build of before made the ledger's tables: the database does not hold those who write to the rules yet"
        return Found("guards", ok=False, said=said, cure="let the tables' owner run one command on it: reckon rebuild")
    open_to_all = ledger.open_to_all()
    if open_to_all:
        said = f"the tables are guarded; every role of the server may connect to the database {open_to_all}"
        return Found("guards", ok=None, said=f"{said}: reckon roles writes what closes it")
    return Found("guards", ok=True, said="the database holds all who write to the ledger's rules")


QUESTIONS: dict[str, Question] = {"rows": the_rows, "guards": the_guards}
