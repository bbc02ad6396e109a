"""Checkpoints and weights from elsewhere: checked first, then registered, whole or not at all."""

from models.importing.importer import Imported, import_checkpoint, plain_name

__all__ = ["Imported", "import_checkpoint", "plain_name"]
