"""The roles of a ledger on PostgreSQL: what engines and people need, and nothing for anybody else.

Engines may insert and select facts and move the lease; the database's guards judge what they insert. People may select, and
write through `ledger_append` alone: it sets position and time, takes orders only, and notes the role that logged in.
"""

from psycopg.sql import Identifier

_FACTS = "ledger_events, ledger_journal, ledger_subjects, ledger_documents"
_ALL = f"{_FACTS}, ledger_places, ledger_lease, ledger_meta"
_VIEWS = "view_rows, view_positions"
_DOOR = "ledger_append(text[], bigint[], text[], bytea[], text[], text[], text[], bytea[])"


def statements(engine: str, people: str) -> str:
    """Write the SQL that the database's owner runs once, in the ledger's database; the roles are there already."""
    engines, persons = (Identifier(role).as_string(None) for role in (engine, people))
    both = f"{engines}, {persons}"
    return f"""-- Run this as the owner of the ledger's database, in it, once `reckon rebuild` has made the tables.
-- The two roles are yours to make:
-- CREATE ROLE {engines} LOGIN PASSWORD '…'; CREATE ROLE {persons} LOGIN PASSWORD '…';
BEGIN;
DO $$BEGIN
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO {both}', current_database());
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', current_schema());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {both}', current_schema());
END$$;
REVOKE ALL ON {_ALL} FROM PUBLIC, {both};
REVOKE ALL ON {_VIEWS} FROM PUBLIC;
GRANT SELECT, INSERT ON {_FACTS} TO {engines};
GRANT SELECT, INSERT, UPDATE ON ledger_places TO {engines};
GRANT SELECT, UPDATE ON ledger_lease TO {engines};
GRANT SELECT ON ledger_meta TO {engines};
GRANT SELECT ON {_ALL} TO {persons};
GRANT EXECUTE ON FUNCTION ledger_turn(), {_DOOR} TO {persons};
GRANT SELECT, INSERT, UPDATE, DELETE ON {_VIEWS} TO {both};
COMMIT;
"""
