"""`reckon audit`: questions that an auditor asks, each answered from the record, with the facts that the answer rests on."""
