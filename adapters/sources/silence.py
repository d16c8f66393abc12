"""A source that gives no answer, or none that can be understood: no reason to refuse a submission."""


class Mute(Exception):
    """It does not answer."""
