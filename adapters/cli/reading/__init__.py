"""The commands that show: what is there, how it came to be, and why."""
