"""Read models: rows that pure folds make of the facts, in the ledger's own database, exactly once."""
