"""Labels that people give: a log on disk that loses nothing, CSV files, projects.

`models.labels.projects` is not imported here: it needs torch, and keeping labels does not.
"""

from models.labels.csv_file import (
    LabelTable,
    Preview,
    preview,
    read_labels,
    read_table,
    write_labels,
)
from models.labels.errors import LabelError, NotKept, UnknownProject
from models.labels.project import Project
from models.labels.records import Event, Step, StepRecord
from models.labels.store import LabelStore

__all__ = [
    "Event",
    "LabelError",
    "LabelStore",
    "LabelTable",
    "NotKept",
    "Preview",
    "Project",
    "Step",
    "StepRecord",
    "UnknownProject",
    "preview",
    "read_labels",
    "read_table",
    "write_labels",
]
