"""Questions that an auditor asks of the record, each answered with the facts that it rests on."""
