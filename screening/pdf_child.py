"""Reads one PDF from standard input in a process of its own, with little memory and time, so that a bad file harms nobody.

`read` prints JSON lines: first {"pages", "title", "subject"}, then of each page its size in points, its text, and the lines of
the text with their places (see `page_of`). `draw WIDTH FIRST LAST` prints these pages (from 1) as PNG or
WebP, WIDTH pixels wide, each after its length in four bytes. Exit status 1: damaged; 2: protected by a password; 3: too many pages.
"""

import ctypes
import io
import json
import math
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

MEMORY_BYTES = 1536 * 2**20
CPU_SECONDS = 20
READING_SECONDS = 10  # after that, pages are listed without their text
MOST_PAGES = 5000
MOST_LETTERS = 200_000  # of one page
MOST_BYTES = 60 * 2**20  # of all that `read` prints
MOST_PIXELS = 16_000_000
UNITS = 10_000  # places are told in ten-thousandths of the page's width and height
DAMAGED, LOCKED, TOO_LONG = 1, 2, 3
LINE_END, HYPHEN = "\n", "\u00ad"
HYPHENS = {0x02, 0x2D, 0xAD, 0x2010}  # which may stand for a word's break at the end of a line


def main(arguments: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
        if len(document) > MOST_PAGES:
            return TOO_LONG
        if arguments[0] == "read":
            for line in read(document):
                sys.stdout.write(line + "\n")
        else:
            width, first, last = map(int, arguments[1:])
            for number in range(first, min(last, len(document)) + 1):
                picture = draw(document[number - 1], width)
                sys.stdout.buffer.write(len(picture).to_bytes(4, "big") + picture)
        return 0 if len(document) else DAMAGED
    except pypdfium2.PdfiumError as error:
        return LOCKED if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD else DAMAGED
    except (IndexError, ValueError, MemoryError, OSError, OverflowError):
        return DAMAGED


def draw(page: Any, width: int) -> bytes:
    across, down = page.get_size()
    scale = min(width / max(across, 1), math.sqrt(MOST_PIXELS / max(across * down, 1)))
    image = page.render(scale=max(scale, 0.01)).to_pil().convert("RGB")
    gray, out = image.convert("L"), io.BytesIO()
    if gray.convert("RGB").tobytes() == image.tobytes():  # most pages are black on white: sharp and small as PNG
        gray.save(out, "PNG", compress_level=3)
    else:
        image.save(out, "WEBP", quality=84, method=0)
    return out.getvalue()


# --- Text and the places of its lines ---------------------------------------------------------------------------------


def read(document: Any) -> Iterator[str]:
    facts = document.get_metadata_dict()
    title, subject = (_clean(facts.get(key) or "")[:1000] for key in ("Title", "Subject"))
    yield json.dumps({"pages": len(document), "title": title, "subject": subject})
    end, printed = time.process_time() + READING_SECONDS, 0
    for number in range(len(document)):
        told: dict[str, Any] = {"size": [612, 792]}
        try:
            page = document[number]
            told["size"] = [_bounded(length) for length in page.get_size()]
            if time.process_time() < end and printed < MOST_BYTES:
                told |= page_of(page)
            page.close()
        except (RuntimeError, ValueError):  # this page is damaged, others may be well
            pass
        line = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
        printed += len(line)
        yield line


def _bounded(length: float) -> float:
    return round(min(max(length, 1.0), 20_000.0), 2) if math.isfinite(length) else 612


def page_of(page: Any) -> dict[str, Any]:
    """The page's text, and its lines as [start, end, left, top, right, bottom, words]: offsets in code points of the text, places
    in ten-thousandths of the page as it is shown; words as [start, left, right, …] with offsets from the line's start."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    handle, place = textpage.raw, _placer(page)
    text: list[str] = []
    lines: list[Line] = []
    line: Line | None = None
    box = raw.FS_RECTF()
    high = 0
    for index in range(min(raw.FPDFText_CountChars(handle), MOST_LETTERS)):
        code = raw.FPDFText_GetUnicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        if code == 0x0A:
            text.append(LINE_END)
            line = None
            continue
        letter = HYPHEN if code in HYPHENS and raw.FPDFText_IsHyphen(handle, index) == 1 else _letter(code)
        if not letter:
            continue
        at = len(text)
        text.append(letter)
        if letter.isspace() or not raw.FPDFText_GetLooseCharBox(handle, index, box):
            continue
        where = place(box.left, box.top, box.right, box.bottom)
        if line is None or not line.goes_on(where):
            line = Line(at, where)
            lines.append(line)
        line.add(at, where)
    textpage.close()
    return {"text": "".join(text), "lines": [line.told() for line in lines]}


Box = tuple[float, float, float, float]  # left, top, right, bottom


class Line:
    """Letters that stand side by side, and the words they make."""

    def __init__(self, start: int, box: Box) -> None:
        self.start = self.end = start
        self.box = box
        self.words: list[tuple[int, float, float]] = []

    def goes_on(self, box: Box) -> bool:
        """Whether a letter stands at the same height and not far away: another column begins a line of its own."""
        left, top, right, bottom = self.box
        height = max(bottom - top, 1)
        middle = (box[1] + box[3]) / 2
        return top - height * 0.3 <= middle <= bottom + height * 0.3 and left - 4 * height < box[0] < right + 4 * height

    def add(self, at: int, box: Box) -> None:
        left, top, right, bottom = self.box
        self.box = (min(left, box[0]), min(top, box[1]), max(right, box[2]), max(bottom, box[3]))
        if self.words and at == self.end:
            start, left, right = self.words[-1]
            self.words[-1] = (start, min(left, box[0]), max(right, box[2]))
        else:
            self.words.append((at, box[0], box[2]))
        self.end = at + 1

    def told(self) -> list[Any]:
        words = [round(value) for start, left, right in self.words for value in (start - self.start, left, right)]
        return [self.start, self.end, *map(round, self.box), words]


def _placer(page: Any) -> Any:
    """A function from a rectangle of the page's own space to where it is seen, with the page's rotation and crop."""
    from pypdfium2 import raw

    fine = 1_000_000

    def seen(x: float, y: float) -> tuple[int, int]:
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page.raw, 0, 0, fine, fine, 0, x, y, across, down)
        return across.value, down.value

    (x0, y0), (x1, y1), (x2, y2) = seen(0, 0), seen(100, 0), seen(0, 100)
    unit = UNITS / fine
    a, b, c, d = (x1 - x0) / 100, (x2 - x0) / 100, (y1 - y0) / 100, (y2 - y0) / 100

    def place(left: float, top: float, right: float, bottom: float) -> Box:
        across = [_inside((x0 + a * x + b * y) * unit) for x, y in ((left, top), (right, bottom))]
        down = [_inside((y0 + c * x + d * y) * unit) for x, y in ((left, top), (right, bottom))]
        return min(across), min(down), max(across), max(down)

    return place


def _inside(value: float) -> float:
    return min(max(value, 0.0), float(UNITS)) if math.isfinite(value) else 0.0


def _letter(code: int) -> str:
    """The character, or nothing for what cannot be kept or shown: NUL, control characters, half a character, no character."""
    if code in {0x09, 0xA0}:
        return " "
    if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in {0xFFFE, 0xFFFF} or code > 0x10FFFF:
        return ""
    return chr(code)


def _clean(text: str) -> str:
    return "".join(_letter(ord(letter)) for letter in text).strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
