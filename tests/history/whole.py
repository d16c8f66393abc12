"""After a run the record must be whole: what was decided is decided again, and ledger and audit log match."""

from tests.history.scene import Site


def wholeness(site: Site) -> list[str]:
    """Name what is not whole; nothing when all is."""
    house = next(iter(site.houses.values()))
    replayed = house.reckon("replay", "--all", ok=False, timeout=600)
    troubles = [f"replay --all: {replayed}"] if replayed.exit else []
    if site.audited:
        matched = house.reckon("audit", "match", "--audit-log", str(site.lab.audit_log), ok=False, timeout=600)
        troubles += [f"audit match: {matched}"] if matched.exit else []
    return troubles
