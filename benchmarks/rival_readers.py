# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["rispy>=0.10", "biopython>=1.84", "nbib>=0.3", "wosfile>=0.7", "bibtexparser>=2.0.0b8", "pybtex>=0.24",
#                 "endnote-utils>=1.0", "pubmed-parser>=0.5"]
# ///
"""Other libraries on the same files, each with its own defaults and already decoded text, in an environment of its own:

    uv run --script benchmarks/rival_readers.py < files.tsv

Takes lines of format, path and expected records; prints a line of JSON for each library: exact files, records, seconds.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def rispy_default(text: str) -> int:
    import rispy

    return len(rispy.loads(text))


def rispy_wok(text: str) -> int:
    import rispy

    return len(rispy.loads(text, implementation=rispy.WokParser))


def bio_medline(text: str) -> int:
    from Bio import Medline

    return sum(1 for record in Medline.parse(io.StringIO(text)) if record)


def nbib_reader(text: str) -> int:
    import nbib

    return len(nbib.read(text))


def wosfile_reader(text: str) -> int:
    import wosfile

    return sum(1 for _ in wosfile.records_from(as_file(text)))


def bibtexparser_2(text: str) -> int:
    import bibtexparser

    return len(bibtexparser.parse_string(text).entries)


def pybtex_reader(text: str) -> int:
    from pybtex.database import parse_string

    return len(parse_string(text, "bibtex").entries)


def endnote_utils_reader(text: str) -> int:
    from endnote_utils.core import iter_records_xml

    return sum(1 for _ in iter_records_xml(Path(as_file(text))))


def pubmed_parser_reader(text: str) -> int:
    import pubmed_parser

    return len(list(pubmed_parser.parse_medline_xml(as_file(text), year_info_only=False)))


def as_file(text: str) -> str:
    """For libraries that read nothing but files."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(text)
    return file.name


RIVALS: tuple[tuple[str, str, Callable[[str], int]], ...] = (
    ("rispy", "ris", rispy_default),
    ("Bio.Medline", "nbib", bio_medline),
    ("nbib", "nbib", nbib_reader),
    ("wosfile", "wos-tagged", wosfile_reader),
    ("rispy (WokParser)", "wos-tagged", rispy_wok),
    ("bibtexparser 2", "bibtex", bibtexparser_2),
    ("pybtex", "bibtex", pybtex_reader),
    ("endnote-utils", "endnote-xml", endnote_utils_reader),
    ("pubmed_parser", "pubmed-xml", pubmed_parser_reader),
)


def main() -> None:
    files: dict[str, list[tuple[Path, int]]] = defaultdict(list)
    for line in sys.stdin:
        kind, path, expected = line.rstrip("\n").split("\t")
        files[kind].append((Path(path), int(expected)))
    for name, kind, count in RIVALS:
        exact = records = crashes = 0
        seconds = 0.0
        for path, expected in files[kind]:
            text = path.read_text(encoding="utf-8")
            start = time.process_time()
            try:
                found = count(text)
            except Exception:
                found, crashes = 0, crashes + 1
            seconds += time.process_time() - start
            exact += found == expected
            records += found
        if files[kind]:
            told = {"library": name, "format": kind, "files": len(files[kind]), "exact": exact, "records": records,
                    "crashes": crashes, "seconds": seconds}  # fmt: skip
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
