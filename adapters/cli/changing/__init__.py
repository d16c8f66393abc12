"""The commands that change something, or say what a change would do."""
