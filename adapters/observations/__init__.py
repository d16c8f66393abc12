"""From the API server's JSON to observations: pure, tolerant, shared by the real cluster and the simulated one."""
