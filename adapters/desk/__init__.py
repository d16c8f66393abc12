"""The desk: where people's orders are taken. It looks things up, has the domain decide, and records; it prints nothing."""
