"""The three files that a document becomes, read again by other programs' readers."""

import io
import re
from typing import Any

import docx
import pypdfium2
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from reviewapp.reporting.report.build import to_html
from reviewapp.reporting.report.document import (
    Document,
    Figure,
    Heading,
    Listing,
    Paragraph,
    Run,
    Section,
    Table,
    Verbatim,
    numbered,
)
from reviewapp.reporting.report.docx import to_docx
from reviewapp.reporting.report.pdf import to_pdf

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#123456"/></svg>'
)
STRATEGY = '1  exp "HIV"/\n   2  peer* adj2 support\n3  1 AND 2\x0b & <limit>'


@pytest.fixture
def document() -> Document:
    small = Table("Elements", ["Element", "Content"], [["Question", "Who & why <now>?"]], notes=["HIV, a virus"])
    wide = Table("Studies", ["No.", "Study", "Findings"], [["1", "Okello 2021", ["One", "Two"]], ["2", "Berg", None]])
    sections = [
        Section("a", "Question", [Paragraph((Run("In "), Run("italics", italic=True))), small]),
        Section("b", "Studies", [wide], landscape=True),
        Section("c", "Search", [Heading("Scopus"), Verbatim(STRATEGY), Figure("A drawing", SVG, "A blue field")]),
        Section("d", "References", [Listing((Paragraph.of("Okello T. Living."),), numbered=True)]),
        Section("e", "Later", missing="Nothing stands here."),
    ]
    return Document("Peer support: ein Überblick", "Drawn today", numbered(sections))


def test_word_has_real_tables_with_captions_counted_by_fields(document: Document) -> None:
    file = docx.Document(io.BytesIO(to_docx(document)))
    assert [[cell.text for cell in row.cells] for row in file.tables[1].rows] == [
        ["No.", "Study", "Findings"],
        ["1", "Okello 2021", "One\nTwo"],
        ["2", "Berg", ""],
    ]
    captions = [p for p in file.paragraphs if p.style is not None and p.style.name == "Caption"]
    assert [_text(p) for p in captions] == ["Table 1. Elements", "Table 2. Studies", "Figure 1. A drawing"]
    fields = [field.get(qn("w:instr")) for p in captions for field in p._p.iter(qn("w:fldSimple"))]
    assert fields == ["SEQ Table \\* ARABIC", "SEQ Table \\* ARABIC", "SEQ Figure \\* ARABIC"]
    assert all(list(table.rows[0]._tr.iter(qn("w:tblHeader"))) for table in file.tables)


def test_word_turns_the_page_for_a_wide_table_and_back(document: Document) -> None:
    file = docx.Document(io.BytesIO(to_docx(document)))
    assert [one.orientation for one in file.sections] == [
        WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT,
    ]  # fmt: skip
    for one in file.sections:
        assert one.page_width is not None
        assert one.page_height is not None
        assert (one.page_width > one.page_height) == (one.orientation == WD_ORIENT.LANDSCAPE)


def test_word_has_words_for_the_figure_and_the_strategy_line_by_line(document: Document) -> None:
    file = docx.Document(io.BytesIO(to_docx(document)))
    assert file.inline_shapes[0]._inline.docPr.get("descr") == "A blue field"
    (strategy,) = [p.text for p in file.paragraphs if "adj2" in p.text]
    assert strategy.split("\n")[:2] == STRATEGY.split("\n")[:2]
    assert any(p.text == "To be filled in: Nothing stands here." for p in file.paragraphs)


def test_the_page_escapes_what_people_wrote(document: Document) -> None:
    page = to_html(document).decode()
    assert "Who &amp; why &lt;now&gt;?" in page
    assert "<em>italics</em>" in page
    assert re.search(r"<pre[^>]*>1  exp &quot;HIV&quot;/\n   2  peer\* adj2 support\n", page)
    assert "<caption>Table 2. Studies</caption>" in page
    assert "<figcaption>Figure 1. A drawing</figcaption>" in page


def test_the_pdf_has_the_words_and_a_page_turned(document: Document) -> None:
    made = pypdfium2.PdfDocument(to_pdf(document))
    text = "\n".join(page.get_textpage().get_text_range() for page in made)
    for words in ("Table 2. Studies", "Okello 2021", "Who & why <now>?", "peer* adj2 support", "Okello T. Living."):
        assert words in text
    assert [page.get_width() > page.get_height() for page in made] == [False, True, False]
    assert to_pdf(document) == to_pdf(document)


def test_a_cell_longer_than_a_page_is_carried_over() -> None:
    long = Table("Long", ["A", "B"], [["word " * 4000, [f"entry {n}" for n in range(300)]]])
    made = Document("T", "", numbered([Section("a", "Long", [long])]))
    assert len(pypdfium2.PdfDocument(to_pdf(made))) > 3
    assert docx.Document(io.BytesIO(to_docx(made))).tables


def test_the_pdf_says_where_it_has_no_letters() -> None:
    def text(*cells: str) -> str:
        made = Document("T", "", numbered([Section("a", "S", [Table("x", ["A"], [[cell] for cell in cells])])]))
        return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(to_pdf(made)))

    found = text("Support among peers [同伴 支持] 2021", "Überblick, Ελλάδα, Việt Nam")
    assert "Support among peers [[…]] 2021" in found
    assert "[…] stands for words in a script" in found
    assert "Überblick, Ελλάδα, Việt Nam" in found
    assert "stands for words" not in text("Plain words")


def test_what_xml_cannot_hold_breaks_no_file() -> None:
    odd = "a\x00b\x1fc\ufffe\u202eعربي 漢字 \x0b"
    made = Document(odd, odd, [Section("a", odd, [Paragraph.of(odd), Verbatim(odd), Table(odd, [odd], [[odd]])])])
    assert to_docx(made)
    assert to_pdf(made)
    assert to_html(made)


def _text(paragraph: Any) -> str:
    return "".join(node.text or "" for node in paragraph._p.iter(qn("w:t")))
