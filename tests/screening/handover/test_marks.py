"""Labels of other programs, in files written by us in their dialects."""

import json

import pytest

from screening.formats import UnreadableFile, read
from screening.handover.columns import LABEL, NOTE, REASON, VOTE
from screening.handover.entries import moment
from screening.handover.marks import Mark, Plan, Survey, marks_of, person_of, program_of, rayyan_marks, usual_meaning
from screening.handover.own import is_own, own_records

RAYYAN = (
    "TY  - JOUR\r\nTI  - Walking groups\r\nN1  - Notes | "
    'RAYYAN-INCLUSION: {"Ann Lee"=>"Included", "Bo \\"B\\" Ek"=>"Excluded"} | RAYYAN-LABELS: look again,peers '
    "| RAYYAN-EXCLUSION-REASONS: wrong population | "
    'USER-NOTES: {"Ann Lee"=>["Ask the authors, they moved", "twice"]}\r\nER  - \r\n'
    "TY  - JOUR\r\nTI  - Nobody looked\r\nER  - \r\n"
)


def test_rayyan_names_people_and_their_verdicts() -> None:
    first, second = read(RAYYAN.encode()).references
    assert marks_of(first, Plan()) == [
        Mark(VOTE, "RAYYAN-INCLUSION", "Included", "Ann Lee"),
        Mark(VOTE, "RAYYAN-INCLUSION", "Excluded", 'Bo "B" Ek'),
        Mark(LABEL, "RAYYAN-LABELS", "look again"),
        Mark(LABEL, "RAYYAN-LABELS", "peers"),
        Mark(REASON, "RAYYAN-EXCLUSION-REASONS", "wrong population"),
        Mark(NOTE, "USER-NOTES", "Ask the authors, they moved", "Ann Lee"),
        Mark(NOTE, "USER-NOTES", "twice", "Ann Lee"),
    ]
    assert marks_of(second, Plan()) == []
    assert program_of(marks_of(first, Plan()), Plan()) == "Rayyan"


@pytest.mark.parametrize(
    "text",
    [
        "RAYYAN-INCLUSION: {",
        'RAYYAN-INCLUSION: {"a"=>}',
        "RAYYAN-INCLUSION: " + '{"' * 20_000,
        "RAYYAN-INCLUSION: {" + '"a"=>["' * 5_000,
        'USER-NOTES: {"a"=>[' + '"' * 9_999,
        "\\" * 10_000 + 'RAYYAN-LABELS: "',
        "RAYYAN-LABELS:" * 5_000,
    ],
)
def test_broken_labels_end_in_time_and_without_an_error(text: str) -> None:
    assert all(mark.kind in {VOTE, LABEL, REASON, NOTE} for mark in rayyan_marks(text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "title,authors,asreview_label,asreview_note\nPeers,Lee,1,clear\nPain,Ek,0,\nRest,Ek,,\n",
            [[("1", ""), ("clear", "")], [("0", "")], []],
        ),
        ("title,abstract,included\nPeers,a,1\nPain,b,-1\n", [[("1", "")], []]),
        (
            "Title,Authors,Vote of Ann,Bo's decision\nPeers,x,yes,maybe\nPain,y,no,\n",
            [[("yes", "Ann"), ("maybe", "Bo")], [("no", "Ann")]],
        ),
    ],
)
def test_columns_of_verdicts_are_found_by_what_is_in_them(text: str, values: list[list[tuple[str, str]]]) -> None:
    entries = list(read(text.encode()).references)
    survey = Survey()
    for entry in entries:
        survey.add(entry)
    plan = Plan(survey.vote_fields())
    assert [[(mark.value, mark.person) for mark in marks_of(entry, plan)] for entry in entries] == values


def test_a_column_of_ordinary_numbers_or_words_is_no_vote() -> None:
    text = "title,year,open access,group,n\nPeers,2020,yes please,1,1\nPain,2021,no,0,0\n"
    survey = Survey()
    for entry in read(text.encode()).references:
        survey.add(entry)
    assert survey.vote_fields() == ()


def test_asreview_and_covidence_leave_words_in_notes() -> None:
    ris = "TY  - JOUR\nTI  - Peers\nN1  - <p>ASReview_relevant</p>\nER  - \nTY  - JOUR\nTI  - Pain\nN1  - ASReview_not_seen\nER  - \n"
    first, second = read(ris.encode()).references
    assert [mark.value for mark in marks_of(first, Plan())] == ["ASReview_relevant"]
    assert usual_meaning(marks_of(second, Plan())[0].value) == ""
    table = 'Title,Authors,Covidence #,Notes,Tags\nPeers,Lee,12,Exclusion reason: Wrong  population; ,"qualitative, later"\n'
    (entry,) = read(table.encode()).references
    assert [(mark.kind, mark.value) for mark in marks_of(entry, Plan())] == [
        (REASON, "Wrong population"),
        (LABEL, "qualitative"),
        (LABEL, "later"),
    ]


def test_a_person_chooses_the_field_that_holds_labels() -> None:
    ris = "TY  - JOUR\nTI  - Peers\nKW  - INCLUDE on title\nKW  - support\nER  - \n"
    (entry,) = read(ris.encode()).references
    assert marks_of(entry, Plan()) == []
    assert [mark.value for mark in marks_of(entry, Plan((), ("KW",)))] == ["INCLUDE on title", "support"]


@pytest.mark.parametrize(
    ("heading", "person"),
    [("Vote of Ann Lee", "Ann Lee"), ("Ann's vote", "Ann"), ("Reviewer 1", "Reviewer 1"), ("included", ""), ("Decision", ""), ("Screening: Bo", "Bo")],
)  # fmt: skip
def test_whose_column_it_is(heading: str, person: str) -> None:
    assert person_of(heading) == person


# --- Our own ------------------------------------------------------------------------------------------------------------


def test_rows_of_one_record_are_gathered_wherever_they_stand() -> None:
    table = (
        "# about\r\nrow,record,title,authors,year,stage,reviewer,verdict,labels\r\n"
        'vote,7,Peers,"Lee A\nEk B",2020,title_abstract,Ann,include,"a\nb"\r\n'
        "vote,8,Pain,Ek B,2021,title_abstract,Ann,exclude,\r\nvote,7,Peers,Lee A,2020,title_abstract,Bo,include,\r\n"
    )
    entries = list(read(table.encode()).references)
    assert is_own(entries[0])
    records = own_records(entries)
    assert [(record.number, [row["reviewer"] for row in record.rows]) for record in records] == [
        ("7", ["Ann", "Bo"]),
        ("8", ["Ann"]),
    ]
    assert records[0].rows[0]["labels"] == "a\nb"
    assert [person.literal for person in records[0].reference.people] == ["Lee A", "Ek B"]


@pytest.mark.parametrize(
    "judgements", [None, 7, "x", {}, [None, 3, "x", [], {"row": ["vote"], "labels": {"a": 1}, "note": None}]]
)
def test_json_that_is_not_as_we_wrote_it_says_nothing(judgements: object) -> None:
    whole = {"format": "tandem-screening", "records": [{"record": "1", "title": "Peers", "judgements": judgements}, 3]}
    parsed = read(json.dumps(whole).encode())
    (record,) = own_records(parsed.references)
    assert not any(any(row.values()) for row in record.rows)
    assert parsed.report.rejected == 1


@pytest.mark.parametrize(
    "content",
    [
        b'{"format": "tandem-screening", "records": [',
        b'{"format": "tandem-screening", "records": ' + b"[" * 100_000,
        b'{"format": "tandem-screening", "records": {"a": 1}}',
        b'{"format": "tandem-screening"}',
    ],
)
def test_damaged_json_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="JSON"):
        list(read(content).references)


@pytest.mark.parametrize("text", ["", "yesterday", "9999-01-01T00:00:00", "2020-13-01", "0", "１９"])
def test_what_is_no_time_of_the_past_is_none(text: str) -> None:
    assert moment(text) is None
