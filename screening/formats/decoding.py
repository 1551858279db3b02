"""Bytes to text: which encoding a file has, and what had to be mended on the way."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

import chardet

from screening.formats.base import Problem, UnreadableFile

BLOCK = 1 << 20
SAMPLE = 1 << 18
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# chardet names the narrower set; what Windows programs wrote is its superset.
DOUBTFUL = 0.12
WIDER = {
    "iso8859-15": "cp1252",
    "iso-8859-15": "cp1252",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
}
_ESCAPED = re.compile("[\udc80-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00\x1a]")
_MAC_LETTER = re.compile(rb"(?<=[a-z])[\x80-\x91\x93-\x9f](?=[a-z])")
_LATIN_LETTER = re.compile(rb"(?<=[A-Za-z])[\xc0-\xff](?=[a-z])")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def detect_encoding(data: bytes) -> str:
    """Name of the encoding: by BOM, strict UTF-8, the pattern of NULs of UTF-16, then chardet."""
    for bom, name in BOMS:
        if data.startswith(bom):
            return name
    wide = _wide_encoding(data[:4096])
    if wide:
        return wide
    if _is_utf8(data):
        return "utf-8"
    return _legacy_encoding(data)


def _wide_encoding(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    if odd > 0.3 * half and even < 0.2 * odd:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.2 * even:
        return "utf-16-be"
    return ""


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for start in range(0, len(data), BLOCK):
            decoder.decode(data[start : start + BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _legacy_encoding(data: bytes) -> str:
    first = _HIGH.search(data)
    start = max(first.start() - 2048, 0) if first else 0
    sample = data[start : start + SAMPLE]
    high = len(_HIGH.findall(sample))
    in_sequences = sum(len(found) for found in _UTF8_SEQUENCE.findall(sample))
    # Mostly UTF-8 with some stray bytes: two files glued together, or one record cut in the middle of a character.
    if in_sequences > 0.75 * high:
        return "utf-8"
    # 0x80 to 0x9F are letters on old Macs and punctuation on Windows, where none but 0x92 stands inside a word.
    if len(_MAC_LETTER.findall(sample)) > 3 * len(_LATIN_LETTER.findall(sample)):
        return "mac-roman"
    detected = chardet.detect(sample)
    guess = str(detected.get("encoding") or "cp1252").lower()
    # A guess with so little behind it is no better than the encoding most exports have.
    guess = "cp1252" if (detected.get("confidence") or 0) < DOUBTFUL else WIDER.get(guess, guess)
    if guess == "cp1252" and _NOT_CP1252.search(data):
        return "latin-1"
    return guess if _known(guess) else "cp1252"


def _known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True


def check_encoding(encoding: str) -> str:
    """The encoding's usual name; raises UnreadableFile when there is no such encoding of text."""
    try:
        info = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, UnicodeError, ValueError):
        raise UnreadableFile(f"There is no text encoding named “{encoding[:40]}”.") from None
    return {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(info.name, info.name)


class TextBlocks:
    """The text of a file in blocks that end at line ends; mended places are collected in `problems`."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self.data = data
        self.encoding = encoding
        self.problems: list[Problem] = []
        self._line = 1

    def __iter__(self) -> Iterator[str]:
        carry = ""
        for piece in self._decoded():
            text = carry + self._mended(piece, carry)
            # A final CR may be the first half of CRLF, so it waits for the next block.
            cut = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
            carry = text[cut:]
            if cut:
                self._line += _line_ends(text[:cut])
                yield text[:cut]
        if carry:
            yield carry

    def _decoded(self) -> Iterator[str]:
        errors = "surrogateescape" if not self.encoding.startswith(("utf-16", "utf-32")) else "replace"
        start = next((len(bom) for bom, name in BOMS if name == self.encoding and self.data.startswith(bom)), 0)
        try:
            decoder = codecs.getincrementaldecoder(self.encoding)(errors)
            for position in range(start, len(self.data), BLOCK):
                yield decoder.decode(self.data[position : position + BLOCK])
            yield decoder.decode(b"", final=True)
        except (UnicodeError, LookupError, ValueError):
            raise UnreadableFile(f"The file cannot be read as {self.encoding}.") from None

    def _mended(self, text: str, carry: str) -> str:
        if not text.isascii() and _has_surrogates(text):
            self._report(_ESCAPED, text, carry, f"bytes that are not {self.encoding} were read as Windows-1252")
            text = _ESCAPED.sub(_as_cp1252, text)
            text = _SURROGATE.sub("\ufffd", text)
        if "\ufffd" in text and self.encoding.startswith(("utf-16", "utf-32")):
            self._report(re.compile("\ufffd"), text, carry, f"characters that are not {self.encoding} were replaced")
        if "\x00" in text or "\x1a" in text:
            self._report(_CONTROL, text, carry, "NUL or end-of-file characters were left out")
            text = _CONTROL.sub("", text)
        return text

    def _report(self, pattern: re.Pattern[str], text: str, carry: str, cause: str) -> None:
        match = pattern.search(text)
        before = carry + text[: match.start()] if match else carry
        times = len(pattern.findall(text))
        self.problems.append(Problem(self._line + _line_ends(before), f"{cause} ({times})", "warning"))


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()  # far faster than searching
    except UnicodeEncodeError:
        return True
    return False


def _as_cp1252(match: re.Match[str]) -> str:
    byte = bytes([ord(match[0]) - 0xDC00])
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:
        return byte.decode("latin-1")


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str, list[Problem]]:
    """Text of the file, the encoding it was read as, and what was mended; `encoding` is a person's choice."""
    name = check_encoding(encoding) if encoding else detect_encoding(data)
    blocks = TextBlocks(data, name)
    text = "".join(blocks)
    return text, name, blocks.problems
