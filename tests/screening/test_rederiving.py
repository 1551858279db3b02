"""Later readers on stored files: columns change, people's work does not."""

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.audit.services import faults
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.formats import READERS_VERSION
from screening.models import ImportBatch, Record, Reference, ScreeningDecision, Search
from screening.services import rederiving
from screening.services.comparison import new_references, note_compared, write_keys
from screening.services.records import choose_shown
from screening.services.rederiving import imports_of_earlier_readers, rederive
from tests.factories import SearchFactory
from tests.screening.helpers import vote
from tests.screening.test_imports import imported, ris


@pytest.fixture
def search(review: Review) -> Search:
    return SearchFactory(review=review, source="Scopus")


@pytest.fixture(autouse=True)
def _invariants(review: Review) -> Iterator[None]:
    yield
    assert list(breaches(review)) == []


def as_an_earlier_version_read_it(batch: ImportBatch) -> None:
    """Titles that an earlier reader cut, authors that it lost."""
    for reference in batch.references.all():
        Reference.objects.filter(pk=reference.pk).update(
            title=reference.title[:10], authors=[], details={}, raw_fields=[]
        )
        Record.objects.filter(pk=reference.record_id).update(title=reference.title[:10], authors=[])
    ImportBatch.objects.filter(pk=batch.pk).update(readers_version=0)


def test_every_derived_column_is_worked_out_again(alice: User, search: Search) -> None:
    batch = imported(alice, search, ris(7))
    assert batch.readers_version == READERS_VERSION
    assert not imports_of_earlier_readers().exists()
    before = list(batch.references.order_by("pk").values())
    shown = list(Record.objects.order_by("pk").values())
    as_an_earlier_version_read_it(batch)
    told = rederive(imports_of_earlier_readers().get())
    assert (told.references, told.changed, told.unknown) == (7, 7, 0)
    assert list(batch.references.order_by("pk").values()) == before
    assert list(Record.objects.order_by("pk").values()) == shown
    assert not imports_of_earlier_readers().exists()
    assert rederive(batch).changed == 0


def test_votes_links_and_choices_stay(alice: User, bob: User, search: Search) -> None:
    batch = imported(alice, search, ris(3))
    record = Record.objects.order_by("pk")[0]
    decision = vote(bob, record, Verdict.INCLUDE, note="mine")
    choose_shown(actor=alice, record=record, reference=record.references.get(), field="title")
    as_an_earlier_version_read_it(batch)
    rederive(batch)
    record.refresh_from_db()
    assert record.chosen == {"title": record.references.get().pk}
    assert record.title == "Walking group 1 and the people in it"
    assert ScreeningDecision.objects.get() == decision


def test_a_run_that_was_ended_goes_on(alice: User, search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rederiving, "BATCH", 2)
    batch = imported(alice, search, ris(5))
    as_an_earlier_version_read_it(batch)

    def stop(done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rederive(batch, progress=stop)
    assert imports_of_earlier_readers().count() == 1
    assert batch.references.filter(authors=[]).count() == 1
    assert rederive(batch).changed == 1
    assert not imports_of_earlier_readers().exists()


def test_entries_of_another_text_are_left_alone(alice: User, search: Search) -> None:
    batch = imported(alice, search, ris(3))
    as_an_earlier_version_read_it(batch)
    Reference.objects.filter(batch=batch, position=2).update(raw="TY  - JOUR\nTI  - Else\nER  - \n")
    told = rederive(batch)
    assert (told.references, told.changed, told.unknown) == (2, 2, 1)
    assert Reference.objects.get(batch=batch, position=2).authors == []


def test_places_that_moved_are_found_by_their_text(alice: User, search: Search) -> None:
    batch = imported(alice, search, ris(3))
    as_an_earlier_version_read_it(batch)
    for reference in batch.references.order_by("-position"):
        Reference.objects.filter(pk=reference.pk).update(position=reference.position + 1)
    assert rederive(batch).changed == 3


def test_it_is_in_the_history_and_the_chain_holds(alice: User, review: Review, search: Search) -> None:
    batch = imported(alice, search, ris(3))
    as_an_earlier_version_read_it(batch)
    rederive(batch)
    part, whole = AuditEvent.objects.filter(action__startswith="screening.import.rederived").order_by("pk")
    assert (part.after["changed"], part.after["first"], part.after["last"]) == (3, 1, 3)
    assert (whole.actor, whole.before["version"], whole.after["changed"]) == (None, 0, 3)
    assert list(faults(review)) == []


def test_changed_references_are_compared_as_new_ones(alice: User, review: Review, search: Search) -> None:
    batch = imported(alice, search, ris(3))
    as_an_earlier_version_read_it(batch)
    note_compared(write_keys(review, lambda done, total: None))
    assert not new_references(review).exists()
    rederive(batch)
    assert new_references(review).count() == 3


def test_the_command(alice: User, search: Search, capsys: pytest.CaptureFixture[str]) -> None:
    batch = imported(alice, search, ris(3))
    call_command("rederive")
    assert "All references have the fields" in capsys.readouterr().out
    as_an_earlier_version_read_it(batch)
    call_command("rederive", "--list")
    assert "scopus.ris (readers 0)" in capsys.readouterr().out
    call_command("rederive")
    assert "3 of 3 references say something else now" in capsys.readouterr().out
    as_an_earlier_version_read_it(batch)
    batch.file.storage.delete(batch.file.name)
    with pytest.raises(CommandError, match="1 files could not be read again"):
        call_command("rederive")
    assert batch.references.count() == 3
