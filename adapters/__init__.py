"""Everything that touches something: the ledger, clusters, files, people. Each library has one door."""
