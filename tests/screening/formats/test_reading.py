"""The way in: encodings, sniffing, files that hold nothing, and the promise that nothing is lost in silence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.formats import FORMATS, UnreadableFile, decode, read, sniff
from tests.screening.formats.helpers import TWO_RIS, causes, parsed


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x00\x00\x00", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0rest", "old Office file"),
        (b"\x1f\x8brest", "compressed"),
        (b"\x89PNG\r\n", "picture"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"Dear all, nothing to import here.", "not recognised"),
        (bytes(range(256)) * 8, "not"),
    ],
)
def test_files_without_references_are_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(data)


def test_a_format_chosen_by_hand_that_finds_nothing_says_so() -> None:
    with pytest.raises(UnreadableFile, match="No reference was found"):
        list(read(b"Dear all", format="medline").references)
    with pytest.raises(UnreadableFile, match="no reader"):
        read(b"Dear all", format="telex")
    with pytest.raises(UnreadableFile, match="no text encoding"):
        read(TWO_RIS.encode(), encoding="klingon")


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman"])
def test_old_encodings_are_told_apart(encoding: str) -> None:
    text = TWO_RIS.replace("Čapková, Žofie", "Müller, René").replace(
        "being heard", "Größe und Nähe, café, garçon, señor, naïveté, über Fürsorge, élève, à côté, Pflegekräfte"
    )
    references, report = parsed(text.encode(encoding))
    assert report.encoding == encoding
    assert references[1].people[0].display == "Müller R"
    assert "Größe und Nähe, café" in references[0].abstract


def test_stray_bytes_in_utf8_are_mended_and_reported_with_their_line() -> None:
    data = (
        TWO_RIS.replace("being heard", "Größe und Nähe").encode().replace(b"Winter", b"").replace(b"winter", b"caf\xe9")
    )
    references, report = parsed(data)
    assert report.encoding == "utf-8"
    assert references[1].title == "Walking groups in café"
    assert references[1].people[0].family == "Čapková"
    assert [(p.line, p.cause) for p in report.problems] == [
        (21, "bytes that are not utf-8 were read as Windows-1252 (1)")
    ]


def test_a_person_may_choose_the_encoding() -> None:
    references, report = parsed(TWO_RIS.replace("Čapková, Žofie", "Çelik, İpek").encode("cp1254"), encoding="cp1254")
    assert references[1].people[0].family == "Çelik"
    assert report.encoding == "cp1254"


def test_decode_mends_lone_surrogates_and_nul() -> None:
    text, encoding, problems = decode(
        "one and one\x00\ntwo".encode("utf-16-le") + b"\x00\xd8" + "!".encode("utf-16-le")
    )
    assert encoding == "utf-16-le"
    assert "\x00" not in text
    assert text.startswith("one and one\ntwo")
    text.encode()
    assert len(problems) == 2


def test_files_larger_than_a_block_are_read_across_its_edges() -> None:
    record = "TY  - JOUR\r\nTI  - Žofie’s walk number {}\r\nAB  - {}\r\nER  - \r\n\r\n"
    data = "".join(record.format(number, "word " * 60) for number in range(6000)).encode()
    references, report = parsed(data)
    assert len(data) > 1 << 21
    assert [r.title for r in references] == [f"Žofie’s walk number {number}" for number in range(6000)]
    assert "".join(r.raw + "\r\n" for r in references).encode() == data
    assert references[-1].line == 5 * 5999 + 1
    assert (report.read, report.markers, report.problems) == (6000, 6000, [])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TWO_RIS, "ris"),
        ("PMID- 1234567\nTI  - X\n", "medline"),
        ("Title,Authors,DOI\nX,Y,10.1/x\n", "csv"),
        ("Title\tAuthors\tDOI\nTY  - no\tY\t10.1/x\n", "csv"),
    ],
)
def test_content_decides(text: str, name: str) -> None:
    assert sniff(text.encode()) == name


def test_every_reader_has_what_a_page_shows() -> None:
    for name, reader in FORMATS.items():
        assert name == reader.name
        assert reader.label
        assert all(extension.startswith(".") for extension in reader.extensions)


def test_a_count_that_does_not_add_up_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    file = read(TWO_RIS.encode())
    next(file.references)
    file.report.empty -= 1
    list(file.references)
    assert causes(file.report) == ["the file marks 2 references, but 1 were found"]
    assert file.report.problems[0].severity == "error"


LINES = st.sampled_from(
    (
        "TY  - JOUR", "ER  - ", "ER  -", "TY - JOUR", "TI  - A title", "AU  - Okafor, N", "AB  - text", "  more", "",
        "PMID- 1234567", "OWN - NLM", "FAU - Okafor, N", "      more", "Title,Authors,Year", '"One","Two",2020', 'a"b,c',
        '"', ";;;", "\ufeff", "KW  - a; b", "UR  - x     U2  - y", "Record #1 of 2", "\x00", "\x1a", "PY  - 2020",
    )
)  # fmt: skip


def assert_nothing_is_lost_in_silence(data: bytes) -> None:
    try:
        file = read(data)
        references = list(file.references)
    except UnreadableFile:
        return
    report = file.report
    assert len(references) == report.kept
    assert [r.position for r in references] == list(range(1, len(references) + 1))
    assert references or report.problems
    assert report.counted >= report.markers or any(p.severity == "error" for p in report.problems)
    for reference in references:
        assert reference.raw
        "".join((reference.raw, reference.title, reference.abstract)).encode()
        assert "\x00" not in reference.raw
        for _, value in reference.raw_fields:
            assert all(part.replace('"', "") in reference.raw.replace('"', "") for part in value.split("\n"))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_references_or_words(data: bytes) -> None:
    assert_nothing_is_lost_in_silence(data)


@settings(max_examples=250, deadline=None)
@given(
    st.lists(LINES, max_size=30), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["utf-8", "utf-16", "cp1252"])
)
def test_any_mixture_of_lines_gives_references_or_words(lines: list[str], end: str, encoding: str) -> None:
    assert_nothing_is_lost_in_silence(end.join(lines).encode(encoding, "replace"))


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=4), st.data())
def test_a_damaged_place_never_takes_other_records_with_it(damage: bytes, data: st.DataObject) -> None:
    whole = TWO_RIS.encode()
    place = data.draw(st.integers(0, len(whole)))
    assert_nothing_is_lost_in_silence(whole[:place] + damage + whole[place:])


OPEN_ENDED = {
    "medline": "PMID- 30000001\nTI  - Walking\nSO  - J Invent Care. 2020",
    "refer": "%0 Journal Article\n%T Walking\n%A Berg, R",
    "ovid-labelled": "<1>\nAuthors\n  Berg R.\nTitle\n  Walking",
    "ovid": " <1. >\n UI  - 30000001\n TI  - Walking\n AU  - Berg, R",
    "cochrane": "Record #1 of 1\nID: CN-01100002\nAU: Berg R\nTI: Walking",
}


@pytest.mark.parametrize("name", OPEN_ENDED)
def test_a_last_line_without_its_end_is_told_where_nothing_else_ends_a_record(name: str) -> None:
    text = OPEN_ENDED[name]
    found, cut = parsed(text, format=name)
    assert [reference.title for reference in found] == ["Walking"]
    assert any(cause.startswith("the last line has no end") for cause in causes(cut))
    assert causes(parsed(f"{text}\n", format=name)[1]) == []


def test_ris_cut_in_the_lines_that_follow_a_record_is_told() -> None:
    text = "1.\nTY  - JOUR\nTI  - Walking\nER  - \nLink to the Ovid Full Text or citation:\nhttps://ovid.example/a?b=c"
    assert causes(parsed(f"{text}\n")[1]) == []
    assert causes(parsed(text[:-3])[1]) == ["text outside of any record was left out"]
