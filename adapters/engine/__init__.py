"""The running engine: the loop's threads, its screen, its health and its metrics."""
