"""The demo's export files: their counts, their marks, and that the real readers and the real engine find the truth in them."""

import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from reviewapp.demo import grammar
from reviewapp.demo.catalogue import full_works, midway_works
from reviewapp.demo.exports import DemoReview, ExportFile, build_demo, build_midway, main
from reviewapp.demo.truth import Place, StageVotes
from reviewapp.demo.works import load
from screening.duplicates import Result, find_duplicates
from screening.formats import ParsedFile, ParsedReference, read
from screening.models import Reference
from screening.services.comparison import entry_of
from screening.services.imports import bibliographic_fields, details_of

PAPER = {"Scopus": 766, "PubMed": 220, "Cochrane": 121, "CINAHL": 313, "Web of Science": 536}
MARKS = {"ris": rb"^(?:\xef\xbb\xbf)?TY  -", "nbib": rb"^PMID-"}
MARK_OF_A_WORK = re.compile(r"\((SIM-M?\d+|[SFBLDM]\d+[AB]?)\)")


@pytest.fixture(scope="module", params=["full", "midway"])
def demo(request: pytest.FixtureRequest) -> DemoReview:
    return build_demo() if request.param == "full" else build_midway()


def parsed(file: ExportFile) -> list[ParsedReference]:
    return list(read(file.content).references)


def marks(file: ExportFile) -> int:
    """Records counted without any reader of ours."""
    return len(re.findall(MARKS[file.format], file.content, re.MULTILINE))


def test_files_hold_as_many_references_as_the_review_reports() -> None:
    assert {file.database: marks(file) for file in build_demo().files} == PAPER
    assert sum(PAPER.values()) == 1956


def test_hits_equal_what_each_file_holds(demo: DemoReview) -> None:
    assert [file.hits for file in demo.files] == [marks(file) for file in demo.files]


def test_there_are_945_works_and_1011_references_too_many() -> None:
    truth = build_demo().truth
    assert (len(truth.works), len(truth.work_of)) == (945, 1956)
    assert sum(len(work.references) - 1 for work in truth.works.values()) == 1011


def test_outcomes_are_the_papers() -> None:
    works = build_demo().truth.works.values()
    assert Counter((work.outcome, work.reason) for work in works) == {
        ("excluded_title_abstract", ""): 909,
        ("excluded_full_text", "Not reported in English"): 5,
        ("excluded_full_text", "Insufficient data for extraction"): 11,
        ("included_full_text", ""): 20,
    }


def test_the_included_studies_are_the_real_ones_and_say_what_is_simulated() -> None:
    included = [work for work in full_works() if not work.simulated]
    assert [work.id for work in included] == [f"S{number:02d}" for number in range(1, 21)]
    assert included[9].authors[0].family == "Øgård-Repål"
    assert [work.id for work in included if work.note.startswith("Title")] == ["S04"]
    assert all("simulated for the Tandem demo" in work.note for work in included)


def test_readers_take_every_reference_without_a_problem(demo: DemoReview) -> None:
    for file in demo.files:
        found: ParsedFile = read(file.content)
        references = list(found.references)
        assert (len(references), found.report.problems, found.report.repaired) == (file.hits, [], 0)
        assert all(reference.title and reference.year and reference.people for reference in references)


def test_every_reference_names_its_work_in_a_field_of_its_own_format(demo: DemoReview) -> None:
    for file in demo.files:
        for reference in parsed(file):
            work = demo.truth.works[demo.truth.work_of[file.database, reference.position]]
            text = " ".join(reference.raw.split())
            assert MARK_OF_A_WORK.findall(text)[-1] == work.id
            assert ("Simulated for the Tandem demo" in text) == work.simulated
            assert ("simulated record" in text.lower()) == work.simulated


def test_simulated_identifiers_lead_nowhere() -> None:
    simulated = [work for work in (*full_works(), *midway_works()) if work.simulated]
    assert {work.doi.partition("/")[0] for work in simulated if work.doi} == {"10.5555"}
    assert all(int(work.pmid) >= 90_000_000 for work in full_works() if work.pmid)
    numbers = [work.pmid for work in full_works() if work.pmid]
    assert len(set(numbers)) == len(numbers)


def test_titles_of_different_works_differ() -> None:
    planted = {row["id"] for scope in load("lookalikes").values() for pair in scope for row in pair["works"]}
    for works in (full_works(), midway_works()):
        seen: list[frozenset[str]] = []
        for work in works:
            words = grammar.content_words(work.title)
            assert work.id in planted or not grammar.too_alike(words, seen), work.title
            seen.append(words)


def test_no_blank_of_a_template_is_left_open() -> None:
    for file in (*build_demo().files, *build_midway().files):
        assert b"{" not in file.content


def test_several_languages_are_met() -> None:
    languages = Counter(work.language for work in full_works())
    assert set(languages) == {"English", "Spanish", "Portuguese", "French", "Chinese", "Arabic"}
    assert "感染者".encode() in build_demo().files[0].content


def test_the_same_bytes_come_out_of_another_process() -> None:
    script = (
        "import hashlib; from reviewapp.demo.exports import build_demo, build_midway;"
        "print([hashlib.sha256(f.content).hexdigest() for f in (*build_demo().files, *build_midway().files)])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert runs != {""}


def test_the_command_writes_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "new")]) == 0
    written = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    assert written == {file.filename: file.content for file in (*build_demo().files, *build_midway().files)}
    assert "scopus.ris: 766 references (Scopus)" in capsys.readouterr().out


# --- The engine of the product, fed as the product feeds it -----------------------------------------------------------


@pytest.fixture(scope="module")
def detected(demo: DemoReview) -> tuple[dict[int, Place], Result]:
    """What detection says of the files, by key; references are built as an import builds them, but not saved."""
    places: dict[int, Place] = {}
    entries = []
    for file in demo.files:
        for row in parsed(file):
            key = len(places) + 1
            places[key] = (file.database, row.position)
            entries.append(entry_of(Reference(pk=key, **bibliographic_fields(row), details=details_of(row))))
    return places, find_duplicates(entries)


def test_no_group_mixes_two_works(demo: DemoReview, detected: tuple[dict[int, Place], Result]) -> None:
    places, result = detected
    assert all(len({demo.truth.work_of[places[int(key)]] for key in group}) == 1 for group in result.groups)


def test_detection_and_a_persons_rulings_leave_one_record_per_work(
    demo: DemoReview, detected: tuple[dict[int, Place], Result]
) -> None:
    places, result = detected
    ruled_same = [(a, b) for a, b, _ in result.uncertain if demo.truth.is_same(places[int(a)], places[int(b)])]
    links = [(group[0], key) for group in result.groups for key in group[1:]]
    assert components(places, [*links, *ruled_same]) == len(demo.truth.works)


def test_some_pairs_are_left_to_a_person_and_all_of_them_were_planted(
    demo: DemoReview, detected: tuple[dict[int, Place], Result]
) -> None:
    places, result = detected
    asked = {frozenset((places[int(a)], places[int(b)])) for a, b, _ in result.uncertain}
    same = {frozenset(pair) for pair in demo.truth.same_pairs}
    different = {frozenset(pair) for pair in demo.truth.different_pairs}
    assert asked <= same | different
    assert len(asked & same) >= 4
    assert len(asked & different) >= 2


def components(keys: Iterable[int], links: Iterable[tuple[int | str, int | str]]) -> int:
    """How many records stay when the linked references are one."""
    parent: dict[int | str, int | str] = {key: key for key in keys}

    def root(key: int | str) -> int | str:
        while parent[key] != key:
            key = parent[key]
        return key

    for a, b in links:
        parent[root(a)] = root(b)
    return len({root(key) for key in parent})


# --- Votes ------------------------------------------------------------------------------------------------------------


def kept(stage: StageVotes) -> tuple[bool, ...]:
    """Whether SBS and AS keep the record; maybe counts as include."""
    verdicts = {vote.reviewer: vote.verdict != "exclude" for vote in stage.votes}
    return verdicts["SBS"], verdicts["AS"]


def test_first_stage_votes_make_the_table_of_the_methods() -> None:
    table = Counter(kept(work.title_abstract) for work in build_demo().truth.works.values())
    assert table == {(True, True): 36, (True, False): 14, (False, True): 9, (False, False): 886}


def test_all_23_conflicts_of_the_first_stage_end_as_exclude_some_by_the_third_assessor() -> None:
    settled = [
        work.title_abstract.settlement for work in build_demo().truth.works.values() if work.title_abstract.settlement
    ]
    assert Counter((one.verdict, one.how, one.by) for one in settled) == {
        ("exclude", "agreement", ""): 17,
        ("exclude", "adjudication", "RAP"): 6,
    }
    assert all(one.rationale for one in settled)


def test_votes_and_settlements_lead_to_the_outcome_of_every_work() -> None:
    for work in build_demo().truth.works.values():
        first = work.title_abstract
        passed = all(kept(first)) if len(set(kept(first))) == 1 else first.settlement is None
        assert (len(set(kept(first))) == 2) == (first.settlement is not None)
        assert passed == (work.outcome != "excluded_title_abstract") == bool(work.full_text.votes)
        if passed:
            assert ending(work.full_text) == ("exclude" if work.reason else "include", work.reason)


def ending(stage: StageVotes) -> tuple[str, str]:
    if stage.settlement:
        return stage.settlement.verdict, stage.settlement.reason
    (verdict, reason), *rest = {(vote.verdict, vote.reason) for vote in stage.votes}
    assert not rest
    return verdict, reason


def test_full_text_has_conflicts_of_decision_and_of_reason() -> None:
    conflicts: dict[bool, int] = defaultdict(int)
    for work in build_demo().truth.works.values():
        if work.full_text.settlement:
            conflicts[len({vote.verdict for vote in work.full_text.votes}) == 2] += 1
    assert conflicts == {True: 4, False: 2}


def test_the_second_review_stands_in_the_middle() -> None:
    works = build_midway().truth.works.values()
    votes = Counter(len(work.title_abstract.votes) for work in works)
    assert votes == {2: 55, 1: 12, 0: len(works) - 67}
    conflicts = [work.title_abstract for work in works if len(work.title_abstract.votes) == 2]
    disagreeing = [stage for stage in conflicts if len(set(kept(stage))) == 2]
    assert (len(disagreeing), sum(stage.settlement is None for stage in disagreeing)) == (11, 8)
    assert sum(bool(work.full_text.votes) for work in works) == 4


def test_works_that_stand_as_two_records_in_the_second_review_have_no_votes_yet() -> None:
    disguised = [work.id for work in midway_works() if work.disguise]
    assert len(disguised) == 6
    assert not any(build_midway().truth.works[name].title_abstract.votes for name in disguised)
