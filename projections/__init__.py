"""What is shown: pure folds of the ledger, one file a question."""
