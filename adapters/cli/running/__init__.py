"""Commands that run something: the engine, and the demo."""
