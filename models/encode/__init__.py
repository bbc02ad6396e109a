"""Encoding any amount of data as a stream: a source, ranks that share its rows, one output."""

from models.encode.output import OutputError
from models.encode.ranks import Ranks, joined_ranks
from models.encode.run import EncodeReport, encode_to_file
from models.encode.sources import Chunk, Source, open_source

__all__ = [
    "Chunk",
    "EncodeReport",
    "OutputError",
    "Ranks",
    "Source",
    "encode_to_file",
    "joined_ranks",
    "open_source",
]
