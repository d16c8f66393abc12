"""From the API server's JSON to sightings: pure, tolerant, shared by the real cluster and the simulated one."""
