"""Spec files: from a person's text to a domain value, or to every reason why not, with its place."""
