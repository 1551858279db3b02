"""Readers and writers of export files: bytes in, dataclasses out, no database."""

from screening.formats.base import (
    READERS_VERSION,
    STATUSES,
    TYPES,
    ParsedReference,
    ParseReport,
    Person,
    Problem,
    Reader,
    UnreadableFile,
)
from screening.formats.decoding import decode
from screening.formats.reading import ParsedFile, read, sniff
from screening.formats.registry import FORMATS

__all__ = [
    "FORMATS",
    "READERS_VERSION",
    "STATUSES",
    "TYPES",
    "ParseReport",
    "ParsedFile",
    "ParsedReference",
    "Person",
    "Problem",
    "Reader",
    "UnreadableFile",
    "decode",
    "read",
    "sniff",
]
