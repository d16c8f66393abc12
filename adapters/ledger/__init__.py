"""The ledger on a database: SQLite or PostgreSQL, through the library `eventsourcing`. Open it with `adapters.ledger.ledger`."""
