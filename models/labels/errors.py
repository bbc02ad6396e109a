"""The errors of labels."""

__all__ = ["LabelError", "NotKept", "UnknownProject"]


class LabelError(ValueError):
    """Labels cannot be read or kept as asked; the message is one sentence for a person."""


class NotKept(LabelError):
    """A step could not be kept now, but the same request may succeed later: a full disk, a lock."""


class UnknownProject(LabelError):
    """There is no such project."""
