"""The lines of an uploaded file in which something was wrong, word for word."""

import codecs
from collections.abc import Iterator
from itertools import chain

from screening.formats import FORMATS, decode
from screening.models import ImportBatch, ImportProblem

MOST_LINES = 60


def lines_with_problems(batch: ImportBatch) -> Iterator[str]:
    """For each problem its place and cause, then the line; for an entry that was refused, all its lines up to a blank one."""
    problems = list(batch.problems.order_by("line", "id"))
    yield f"# {batch.filename}: {len(problems)} problems\n"
    wanted = [problem for problem in problems if problem.line > 0]
    for problem in problems:
        if problem.line <= 0:
            yield f"\n# the whole file: {problem.cause}\n"
    if wanted:
        yield from _told(batch, wanted)


def _told(batch: ImportBatch, problems: list[ImportProblem]) -> Iterator[str]:
    # A spreadsheet has no lines of text: what the import noted of the row stands for them.
    reader = FORMATS.get(batch.format)
    lines = [] if reader and reader.binary else _lines(batch)
    for problem in problems:
        yield f"\n# line {problem.line}: {problem.cause}\n"
        if not lines:
            yield problem.excerpt + "\n"
        rest = lines[problem.line - 1 :]
        if problem.severity != "error":
            yield from (line + "\n" for line in rest[:1])
            continue
        for line in rest[:MOST_LINES]:
            if not line.strip():
                break
            yield line + "\n"


def _lines(batch: ImportBatch) -> list[str]:
    with batch.file.open("rb") as file:
        data = file.read()
    text, _, _ = decode(data, _known(batch.encoding))
    broken = (part.split("\r") for part in text.replace("\r\n", "\n").split("\n"))
    return list(chain.from_iterable(broken))


def _known(encoding: str) -> str | None:
    try:
        return codecs.lookup(encoding).name if encoding else None
    except LookupError:
        return None
