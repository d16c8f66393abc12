"""The one door to the `kubernetes` client: requests, watches, logs."""
