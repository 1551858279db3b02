"""Tables: headings by vocabulary, delimiters, preambles, and what spreadsheet programs do to cells."""

import pytest

from screening.formats import Person, UnreadableFile, read
from tests.screening.formats.helpers import causes, only, parsed

SCOPUS = (
    '\ufeff"Authors","Author full names","Title","Year","Source title","Volume","Issue","Art. No.","Page start","Page end","DOI",'
    '"Link","Abstract","Author Keywords","Index Keywords","ISSN","PubMed ID","Document Type","Source","EID"\n'
    '"Aaltonen M.; Brede J.-O.","Aaltonen, Maija (57000000001); Brede, Jens-Ole (57000000002)","Listening, in circles","2019",'
    '"Journal of Invented Care","12","3","","101","118","10.1234/jic.1","https://www.scopus.com/x?eid=2-s2.0-1",'
    '"Two lines\nof abstract","caregivers; listening","article; human","20493630","31234567","Conference paper","Scopus","2-s2.0-1"\n'
)


def test_scopus() -> None:
    references, report = parsed(SCOPUS)
    reference = references[0]
    assert reference.title == "Listening, in circles"
    assert reference.people == [Person("Aaltonen", "Maija"), Person("Brede", "Jens-Ole")]
    assert (reference.journal, reference.pages, reference.year) == ("Journal of Invented Care", "101-118", 2019)
    assert (reference.accession, reference.database, reference.pmid) == ("2-s2.0-1", "Scopus", "31234567")
    assert reference.abstract == "Two lines\nof abstract"
    assert reference.keywords == ["caregivers", "listening", "article", "human"]
    assert reference.issns == ["2049-3630"]
    assert reference.type == "conference"
    assert reference.raw == SCOPUS.split("\n", 1)[1]
    assert dict(reference.raw_fields)["EID"] == "2-s2.0-1"
    assert (reference.line, report.read, report.markers, report.problems) == (2, 1, 1, [])
    assert report.columns["Source title"] == "journal"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter(delimiter: str) -> None:
    text = f"Title;Authors;Year\nWalking;{'Okafor, N.' if delimiter != ',' else '&'};2020\n".replace(";", delimiter)
    references, _ = parsed(text)
    assert (references[0].title, references[0].year) == ("Walking", 2020)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_embase_tells_its_search_before_the_headings(delimiter: str) -> None:
    lines = [
        "SEARCH QUERY,walking:ti,",
        "-----,,",
        ",,",
        "Title,Author Names,PUI",
        '"Walking, slowly","Liu R., Adler D.G.",L7',
    ]
    text = "\n".join(lines).replace(",", delimiter) if delimiter == ";" else "\n".join(lines)
    text = text.replace('"Walking; slowly"', '"Walking, slowly"').replace(
        '"Liu R.; Adler D.G."', '"Liu R., Adler D.G."'
    )
    references, report = parsed(text)
    assert report.read == 1
    assert references[0].line == 5
    assert references[0].title == "Walking, slowly"
    assert references[0].people == [Person("Liu", "R."), Person("Adler", "D.G.")]
    assert references[0].accession == "L7"


def test_embase_source_is_taken_apart() -> None:
    reference = only(
        'Title,Author Names,Source\nX,Liu R.,"Invented Endoscopy (2014) 3:2 (152-160). Date of Publication: 2014"\n'
    )
    assert (reference.journal, reference.year) == ("Invented Endoscopy", 2014)
    assert (reference.volume, reference.issue, reference.pages) == ("3", "2", "152-160")


def test_pubmed_names_are_cut_at_commas() -> None:
    reference = only(
        'PMID,Title,Authors,Journal/Book,PMCID\n"39000001","X","Griffin DK, O\'Connor RE, de la Cruz M.","J","PMC7000001"\n'
    )
    assert [p.display for p in reference.people] == ["Griffin DK", "O'Connor RE", "de la Cruz M"]
    assert (reference.pmid, reference.pmcid) == ("39000001", "PMC7000001")


def test_ebsco_formulas_are_unwrapped() -> None:
    reference = only(
        'Article Title,Author,Journal Title,ISSN,Publication Date,First Page\n"X","A, B",J,="20493630",="4/3/2024",="0123"\n'
    )
    assert (reference.issns, reference.year, reference.pages) == (["2049-3630"], 2024, "0123")
    assert '="20493630"' in reference.raw


def test_lists_of_python_are_taken_apart() -> None:
    reference = only('title,first_authors,keywords\nX,"[\'Marx, Karla\', ""O\'Hara, Bo""]","[\'snow\', \'ice\']"\n')
    assert [p.display for p in reference.people] == ["Marx K", "O'Hara B"]
    assert reference.keywords == ["snow", "ice"]


def test_names_in_natural_order() -> None:
    reference = only("Title,Author/s\nX,Björn A. Holm; Ludwig van Loon\n")
    assert reference.people == [Person("Holm", "Björn A."), Person("van Loon", "Ludwig")]


def test_unknown_headings_are_reported_and_can_be_mapped() -> None:
    text = "Title,Zusammenfassung,Farbe\nWalking,Was gefunden wurde,rot\n"
    references, report = parsed(text)
    assert references[0].abstract == ""
    assert causes(report) == ["headings that stand for no known field: Zusammenfassung, Farbe"]
    mapped = read(text.encode(), mapping={"Zusammenfassung": "abstract", "Farbe": "ignored"})
    assert [r.abstract for r in mapped.references] == ["Was gefunden wurde"]
    assert mapped.report.problems == []


def test_a_mapping_finds_headings_the_vocabulary_does_not_know() -> None:
    text = b"Titel,Jahr\nGehen,2020\n"
    with pytest.raises(UnreadableFile, match="not recognised"):
        read(text)
    file = read(text, format="csv", mapping={"Titel": "title", "Jahr": "year"})
    assert [(r.title, r.year) for r in file.references] == [("Gehen", 2020)]


def test_a_mapping_to_no_field_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="which is no field"):
        list(read(b"Title,Authors\nX,Y\n", mapping={"Title": "tilte"}).references)


def test_rows_without_content_are_empty_and_short_or_long_rows_are_kept() -> None:
    references, report = parsed("Title,Authors,Year\nOne\n,,\n\nTwo,Okafor N,2020,surplus\n")
    assert [r.title for r in references] == ["One", "Two"]
    assert references[1].raw_fields[-1] == ("column 4", "surplus")
    assert (report.read, report.empty, report.markers) == (2, 1, 3)
    assert sorted(causes(report)) == [
        "an empty row was left out",
        "the row has 1 cells, but there are 3 headings",
        "the row has 4 cells, but there are 3 headings",
    ]


def test_a_quotation_mark_that_never_closes_swallows_nothing() -> None:
    rows = "".join(f"Title {number},Okafor N,20{number:02}\n" for number in range(30))
    text = "Title,Authors,Year\n" + rows.replace("Title 7,", '"Title 7,')
    references, report = parsed(text)
    assert [r.title for r in references] == [f"Title {number}" for number in range(30)]
    assert (report.read, report.repaired) == (7, 23)
    assert report.problems[0].line == 9
    assert references[9].line == 11


def test_quotes_inside_cells_are_text() -> None:
    references, _ = parsed('Title\tAuthors\nThe 5" nail\tOkafor N\n"So-called ""care"" at home"\tBrede J\n')
    assert [r.title for r in references] == ['The 5" nail', 'So-called "care" at home']


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = "Title,Authors,Year\n" + "Pflege für ältere Menschen – ein Überblick,Müller A,2020\n" * 8
    references, report = parsed(text.encode(encoding))
    assert references[0].title == "Pflege für ältere Menschen – ein Überblick"
    assert report.read == 8


def test_leading_zeros_that_a_spreadsheet_lost() -> None:
    assert only("Title,ISSN\nX,3178471\n").issns == ["0317-8471"]


def test_prose_is_no_table() -> None:
    with pytest.raises(UnreadableFile, match="not recognised"):
        read(b"Dear colleagues,\nplease find the title, and the abstract, below.\n")


def test_blank_rows_above_the_headings_a_second_heading_row_and_a_cut_row() -> None:
    text = 'Query;"a;b";\n   \n;;\nTitle;Year;DOI\nOne;2001;10.1234/a\n;;\nTitle;Year;DOI\nTwo;2002;10.1234/b\nThr'
    references, report = parsed(text)
    assert [(r.title, r.year) for r in references] == [("One", 2001), ("Two", 2002), ("Thr", None)]
    assert (report.read, report.empty, report.markers) == (3, 2, 5)
    assert causes(report) == [
        "an empty row was left out",
        "a second row of headings was left out",
        "the row has 1 cells, but there are 3 headings",
    ]
