"""Reads the text of a DOCX or HTML file from standard input in a process of its own, with little memory and time.

Prints JSON {"text": …}; exit status 1 when the file is damaged or goes beyond the limits.
"""

import io
import json
import re
import resource
import sys
from html.parser import HTMLParser

MEMORY_BYTES = 768 * 2**20
CPU_SECONDS = 20
BLOCKS = {
    "p", "div", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "br", "blockquote", "figcaption", "td", "th",
    "dt", "dd", "pre",
}  # fmt: skip
HIDDEN = {"script", "style", "head", "nav", "template", "noscript", "svg", "math"}


def main(kind: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        text = from_docx(content) if kind == "docx" else from_html(content.decode("utf-8", "replace"))
    except Exception:
        return 1
    sys.stdout.write(json.dumps({"text": text}))
    return 0


def from_docx(content: bytes) -> str:
    """Paragraphs and table cells in the order of the document."""
    from docx import Document
    from docx.table import Table

    from screening.formats.archives import opened

    opened(content).close()  # refuses bombs before anything is unpacked
    document = Document(io.BytesIO(content))
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return "\n".join(lines)


def from_html(markup: str) -> str:
    """What a reader of the page sees, a line for each block."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = (re.sub(r"[ \t\r\f\v\xa0]+", " ", line).strip() for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN:
            self.hidden += 1
        elif tag in BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data.replace("\n", " "))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
