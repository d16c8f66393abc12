"""The API server's audit log: read from files that it writes, or taken from what it posts."""
