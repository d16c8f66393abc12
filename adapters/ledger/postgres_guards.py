"""What a ledger's database on PostgreSQL itself holds everyone to, its owner included: in triggers, checks and one door.

Positions are dense, versions follow each other, times are those of the database's clock, names have the form of ours, a
document has its own digest, a lease moves by one, and nothing is changed or removed afterwards. Roles with less trust write
through `ledger_append` alone, which sets position and time. Who wrote is the role that logged in: nobody can say otherwise.

Rows that stood here before are left as they are: checks hold for new rows (NOT VALID), and so do the triggers.
"""

from functools import reduce

from psycopg import Connection
from psycopg.sql import Identifier

GUARDS = 1
"""The version of what is below; kept in the ledger's properties."""

_SAFE = "SECURITY DEFINER SET search_path = pg_catalog, {schema}, pg_temp"
_NOW = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"

_CHECKS = {
    ("ledger_events", "sound_row"): r"""notification_id > 0 AND originator_version BETWEEN 1 AND 9007199254740992
        AND octet_length(originator_id) BETWEEN 1 AND 4096 AND octet_length(state) BETWEEN 2 AND 16777216
        AND topic ~ '^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]{0,3}$'""",
    ("ledger_journal", "sound_row"): """position > 0 AND octet_length(subject) <= 4096
        AND octet_length(fact_id) BETWEEN 1 AND 200""",
    ("ledger_subjects", "sound_row"): "octet_length(subject) BETWEEN 1 AND 4096 AND first_position > 0",
    ("ledger_documents", "sound_row"): "digest ~ '^[0-9a-f]{64}$' AND octet_length(body) <= 67108864",
    ("ledger_places", "sound_row"): "octet_length(kind) <= 200 AND octet_length(resource_version) <= 1024",
    ("ledger_lease", "sound_row"): "octet_length(holder) <= 1024 AND epoch >= 0",
}

_REFUSE = """CREATE OR REPLACE FUNCTION ledger_refuse(what text) RETURNS void LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'the ledger refuses it: ' || what; END$$"""

# One writer at a time. It is a row that is locked, not a number: a stranger may not, whatever database he reaches.
_TURN = """CREATE OR REPLACE FUNCTION ledger_turn() RETURNS void LANGUAGE plpgsql {safe} AS
    $$BEGIN PERFORM 1 FROM ledger_lease FOR UPDATE; END$$"""
_TAKE_TURN = """CREATE OR REPLACE FUNCTION ledger_take_turn() RETURNS trigger LANGUAGE plpgsql {safe} AS
    $$BEGIN PERFORM 1 FROM ledger_lease FOR UPDATE; RETURN NULL; END$$"""

_EVENTS = """CREATE OR REPLACE FUNCTION ledger_guard_events() RETURNS trigger LANGUAGE plpgsql {safe} AS $$
DECLARE lowest bigint; highest bigint; many bigint; before bigint;
BEGIN
    SELECT min(notification_id), max(notification_id), count(*) INTO lowest, highest, many FROM added;
    IF many = 0 THEN RETURN NULL; END IF;
    before := greatest(0, (SELECT max(notification_id) FROM ledger_events WHERE notification_id < lowest),
        (SELECT max(position) FROM ledger_journal WHERE position < lowest));
    IF lowest <> before + 1 OR highest - lowest + 1 <> many
        OR EXISTS (SELECT FROM ledger_events WHERE notification_id > highest AND notification_id - highest <= 1099511627776)
    THEN PERFORM ledger_refuse('positions are dense, and after ' || before || ' comes ' || before + 1 || ', not ' || lowest);
    END IF;
    IF EXISTS (SELECT FROM added WHERE originator_version > 1 AND NOT EXISTS (SELECT FROM ledger_events AS earlier
        WHERE earlier.originator_id = added.originator_id AND earlier.originator_version = added.originator_version - 1))
    THEN PERFORM ledger_refuse('a version of a stream is one more than the last');
    END IF;
    RETURN NULL;
END$$"""

_JOURNAL = """CREATE OR REPLACE FUNCTION ledger_guard_journal() RETURNS trigger LANGUAGE plpgsql {safe} AS $$
DECLARE clock bigint := {now};
BEGIN
    IF EXISTS (SELECT FROM added WHERE written_by IS DISTINCT FROM session_user::text) THEN
        PERFORM ledger_refuse('the role that wrote is ' || session_user); END IF;
    IF EXISTS (SELECT FROM added WHERE recorded_at NOT BETWEEN clock - {hour} AND clock + {hour}) THEN
        PERFORM ledger_refuse('a time of recording is within an hour of the database''s clock'); END IF;
    IF EXISTS (SELECT FROM added WHERE NOT EXISTS (SELECT FROM ledger_events WHERE notification_id = added.position)) THEN
        PERFORM ledger_refuse('the journal names facts, and there is none at that position'); END IF;
    RETURN NULL;
END$$"""

_DOCUMENTS = """CREATE OR REPLACE FUNCTION ledger_guard_documents() RETURNS trigger LANGUAGE plpgsql {safe} AS $$
BEGIN
    IF NEW.digest <> encode(sha256((SELECT decode(value, 'hex') FROM ledger_meta WHERE name = 'salt') || NEW.body), 'hex') THEN
        PERFORM ledger_refuse(left(NEW.digest, 64) || ' is not the digest of the document that comes with it'); END IF;
    RETURN NEW;
END$$"""

_LEASE = """CREATE OR REPLACE FUNCTION ledger_guard_lease() RETURNS trigger LANGUAGE plpgsql {safe} AS $$
BEGIN
    IF NEW.epoch - OLD.epoch NOT IN (0, 1) AND NOT (OLD.epoch > 1099511627776 AND NEW.epoch BETWEEN 1 AND 1099511627776) THEN
        PERFORM ledger_refuse('epochs rise by one, and after ' || OLD.epoch || ' does not come ' || NEW.epoch); END IF;
    IF NEW.holder NOT IN (OLD.holder, '') AND NEW.epoch = OLD.epoch THEN
        PERFORM ledger_refuse('another holder of the lead has another epoch'); END IF;
    IF NEW.expires > {now} + {hour} THEN
        PERFORM ledger_refuse('nobody has the lead for longer than an hour'); END IF;
    RETURN NEW;
END$$"""

# What people may write: orders about a deployment, about a project or all, and their own writes to the cluster.
_ALLOWED = """CREATE OR REPLACE FUNCTION ledger_allowed(stream text, subject text, name text) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE split_part(stream, '/', 1)
        WHEN 'deployment' THEN name ~ '^(deployment|hold)\\.' AND stream = 'deployment/' || subject AND subject LIKE '_%/_%'
        WHEN 'project' THEN name ~ '^(secret|registry|project|platform|model|hold|deployment\\.submission-refused)(\\.|-)'
            AND subject NOT LIKE '%/%' AND (stream = 'project/' || subject OR stream LIKE 'project/*%')
        WHEN 'actions' THEN name ~ '^actions?\\.' AND subject NOT LIKE '%/%'
            AND (stream = 'actions/' || subject OR stream = 'actions/*')
        WHEN 'cluster' THEN name ~ '^ledger\\.' AND name !~ '^ledger\\.(bound|lead-taken|rewind-found)\\.' AND subject = ''
        ELSE false END$$"""

_STAMP = """to_char(timestamp '1970-01-01' + at / 1000000 * interval '1 second' + at % 1000000 * interval '1 microsecond',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_APPEND = """CREATE OR REPLACE FUNCTION ledger_append(streams text[], versions bigint[], names text[], contents bytea[],
    subjects text[], ids text[], digests text[], bodies bytea[], OUT first bigint, OUT at bigint)
    LANGUAGE plpgsql {safe} AS $$
DECLARE opening bytea; wrong text;
BEGIN
    PERFORM 1 FROM ledger_lease FOR UPDATE;
    first := 1 + greatest(0, (SELECT max(notification_id) FROM ledger_events WHERE notification_id <= 1099511627776),
        (SELECT max(position) FROM ledger_journal WHERE position <= 1099511627776));
    at := greatest({now}, (SELECT recorded_at FROM ledger_journal WHERE position < first
        AND recorded_at <= {now} + {hour} ORDER BY position DESC LIMIT 1));
    SELECT stream INTO wrong FROM unnest(streams, subjects, names) AS row (stream, subject, name)
        WHERE ledger_allowed(stream, subject, name) IS NOT TRUE LIMIT 1;
    IF wrong IS NOT NULL OR cardinality(streams) <> ALL (ARRAY[cardinality(versions), cardinality(names),
        cardinality(contents), cardinality(subjects), cardinality(ids)]) OR cardinality(streams) > 500
    THEN PERFORM ledger_refuse('it is not for people to write so to ' || coalesce(left(wrong, 200), 'several streams'));
    END IF;
    opening := convert_to('{"recorded_at":"' || {stamp} || '",', 'UTF8');
    -- The content says the same as the row, or the row would be looked up as another than it is folded as.
    SELECT id INTO wrong FROM unnest(contents, subjects, ids) AS row (content, subject, id),
        LATERAL (SELECT convert_from(opening || content, 'UTF8')::json AS written) AS it
        WHERE (written ->> 'recorded_at' || 'Z', written -> 'circumstances' ->> 'id',
            written -> 'circumstances' ->> 'subject') IS DISTINCT FROM ({stamp} || 'Z', id, subject) LIMIT 1;
    IF wrong IS NOT NULL THEN PERFORM ledger_refuse('the content of fact ' || left(wrong, 200) || ' says another thing'); END IF;
    INSERT INTO ledger_events (notification_id, originator_id, originator_version, topic, state)
        SELECT first + place - 1, stream, version, name, opening || content FROM unnest(streams, versions, names, contents)
        WITH ORDINALITY AS row (stream, version, name, content, place);
    INSERT INTO ledger_journal (position, subject, fact_id, recorded_at)
        SELECT first + place - 1, subject, id, at FROM unnest(subjects, ids) WITH ORDINALITY AS row (subject, id, place);
    INSERT INTO ledger_subjects (subject, first_position) SELECT subject, min(first + place - 1)
        FROM unnest(subjects) WITH ORDINALITY AS row (subject, place) WHERE subject <> '' GROUP BY subject ON CONFLICT DO NOTHING;
    INSERT INTO ledger_documents (digest, body) SELECT * FROM unnest(digests, bodies) ON CONFLICT DO NOTHING;
END$$"""

_FUNCTIONS = (_REFUSE, _TURN, _TAKE_TURN, _EVENTS, _JOURNAL, _DOCUMENTS, _LEASE, _ALLOWED, _APPEND)
_SIGNATURES = (
    "ledger_only_appended_to()",
    "ledger_refuse(text)",
    "ledger_turn()",
    "ledger_take_turn()",
    "ledger_guard_events()",
    "ledger_guard_journal()",
    "ledger_guard_documents()",
    "ledger_guard_lease()",
    "ledger_allowed(text, text, text)",
    "ledger_append(text[], bigint[], text[], bytea[], text[], text[], text[], bytea[])",
)
_ADDED = "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION"
_TRIGGERS = {
    ("ledger_events", "in_turn"): "BEFORE INSERT {on} FOR EACH STATEMENT EXECUTE FUNCTION ledger_take_turn()",
    ("ledger_events", "guarded"): f"AFTER INSERT {{on}} {_ADDED} ledger_guard_events()",
    ("ledger_journal", "guarded"): f"AFTER INSERT {{on}} {_ADDED} ledger_guard_journal()",
    ("ledger_documents", "guarded"): "BEFORE INSERT {on} FOR EACH ROW EXECUTE FUNCTION ledger_guard_documents()",
    ("ledger_lease", "guarded"): "BEFORE UPDATE {on} FOR EACH ROW EXECUTE FUNCTION ledger_guard_lease()",
    ("ledger_lease", "stays"): "BEFORE DELETE OR TRUNCATE {on} FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_appended_to()",
    **{
        (
            table,
            "only_appended_to",
        ): "BEFORE UPDATE OR DELETE OR TRUNCATE {on} FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_appended_to()"
        for table in ("ledger_documents", "ledger_subjects")
    },
}


def guard(connection: Connection[object], schema: str, owner: str) -> None:
    """Make all of it, within a transaction of the tables' owner; what there is of an earlier version is replaced."""
    connection.execute("ALTER TABLE ledger_journal ADD COLUMN IF NOT EXISTS written_by text")
    connection.execute("ALTER TABLE ledger_journal ALTER COLUMN written_by SET DEFAULT session_user")
    for statement in (*_checks(), *_functions(schema, owner), *_triggers()):
        connection.execute(statement.encode())


def _checks() -> list[str]:
    made: list[str] = []
    for (table, name), check in _CHECKS.items():
        made.append(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_{name}")
        made.append(f"ALTER TABLE {table} ADD CONSTRAINT {table}_{name} CHECK ({check}) NOT VALID")
    return made


def _functions(schema: str, owner: str) -> list[str]:
    words = {"{safe}": _SAFE, "{now}": _NOW, "{hour}": "3600000000", "{stamp}": _STAMP}
    words["{schema}"] = Identifier(schema).as_string(None)
    made = [reduce(lambda text, word: text.replace(*word), words.items(), function) for function in _FUNCTIONS]
    for signature in _SIGNATURES:
        made.append(f"ALTER FUNCTION {signature} OWNER TO {Identifier(owner).as_string(None)}")
        made.append(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    return made


def _triggers() -> list[str]:
    made: list[str] = []
    for (table, name), trigger in _TRIGGERS.items():
        made.append(f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}")
        made.append(f"CREATE TRIGGER {table}_{name} {trigger.replace('{on}', f'ON {table}')}")
    return made
