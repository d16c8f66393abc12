"""What we serve: one bounded way to listen, for health, for the metrics API and for the simulated cluster's door."""
