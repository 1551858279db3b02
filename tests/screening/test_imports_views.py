"""From a search to references by the pages: upload, look, confirm, result, undo, bring back; and what goes wrong on the way."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.jobs import services as jobs
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import NotAllowed
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import ImportState, Stage, Verdict
from screening.models import ImportBatch, Record, Reference, Search
from screening.services import imports
from screening.services.decisions import make_decision
from tests.factories import ImportBatchFactory, RecordFactory, SearchFactory

STRATEGY = "1  exp HIV/\n2  (peer adj3 support).tw.\n   3  1 and 2 <limit>"
HTMX = {"HX-Request": "true"}


def entry(number: int, title: str = "") -> str:
    return (
        f"TY  - JOUR\nAU  - Okello, Tom\nTI  - {title or f'Peer support {number}'}\nPY  - 2021\nJO  - AIDS Care\n"
        f"DO  - 10.5555/x{number}\nER  - \n\n"
    )


def ris(count: int = 3, start: int = 1) -> bytes:
    return "".join(entry(number) for number in range(start, start + count)).encode()


def file(data: bytes, name: str = "scopus.ris") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def url(name: str, review: Review, *args: object) -> str:
    return reverse(f"screening:{name}", args=[review.pk, *args])


@pytest.fixture
def search(review: Review, alice: User) -> Search:
    return imports.add_search(actor=alice, review=review, source="Scopus", strategy=STRATEGY, hits=3)


@pytest.fixture
def lead(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def upload(client: Client, search: Search, *files: SimpleUploadedFile) -> ImportBatch | None:
    before = set(ImportBatch.objects.values_list("pk", flat=True))
    client.post(url("import-create", search.review, search.pk), {"exports": list(files)})
    return ImportBatch.objects.exclude(pk__in=before).order_by("-id").first()


def carry_out(batch: ImportBatch) -> ImportBatch:
    batch.refresh_from_db()
    assert batch.job
    tasks.import_references(str(batch.job.pk))
    batch.refresh_from_db()
    return batch


def imported(client: Client, search: Search, data: bytes | None = None) -> ImportBatch:
    batch = upload(client, search, file(data or ris()))
    assert batch
    client.post(url("import-confirm", search.review, batch.pk))
    return carry_out(batch)


def page(client: Client, target: str) -> str:
    response = client.get(target)
    assert response.status_code == 200
    return response.content.decode()


def read_to_the_end(response: HttpResponse) -> None:
    """A download is open until it was read."""
    if response.streaming:
        b"".join(response.streaming_content)  # type: ignore[attr-defined]


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "read", "change"), [("bob", 200, 403), ("olga", 200, 403), ("dave", 404, 404)])
def test_who_may(
    who: str, read: int, change: int, client: Client, alice: User, search: Search, request: pytest.FixtureRequest
) -> None:
    client.force_login(alice)
    batch = imported(client, search)
    review, reference = search.review, batch.references.first()
    assert reference
    client.force_login(request.getfixturevalue(who))
    for name, args in (
        ("search-list", []),
        ("search-detail", [search.pk]),
        ("import-list", []),
        ("import-detail", [batch.pk]),
        ("import-file", [batch.pk]),
        ("import-problems", [batch.pk]),
        ("reference-list", []),
        ("reference-detail", [reference.pk]),
    ):
        response = client.get(url(name, review, *args))
        read_to_the_end(response)
        assert response.status_code == read, name
    for method, name, args in (
        ("get", "search-create", []),
        ("post", "search-create", []),
        ("get", "search-edit", [search.pk]),
        ("post", "search-edit", [search.pk]),
        ("get", "import-create", [search.pk]),
        ("post", "import-create", [search.pk]),
        ("post", "import-read", [batch.pk]),
        ("post", "import-confirm", [batch.pk]),
        ("get", "import-undo", [batch.pk]),
        ("post", "import-undo", [batch.pk]),
        ("post", "import-redo", [batch.pk]),
    ):
        assert getattr(client, method)(url(name, review, *args), {"source": "Mine"}).status_code == change, name
    batch.refresh_from_db()
    assert (batch.state, Search.objects.count()) == (ImportState.DONE, 1)
    if read == 200:
        text = page(client, url("search-list", review)) + page(client, url("import-detail", review, batch.pk))
        for button in ("Add a search", "Upload</a>", "Undo this import"):
            assert button not in text


def test_things_of_another_review_are_not_found(lead: Client, review: Review) -> None:
    record = RecordFactory()
    reference = record.references.get()
    for name, pk in (
        ("search-detail", reference.batch.search_id),
        ("import-detail", reference.batch_id),
        ("reference-detail", reference.pk),
    ):
        assert lead.get(url(name, review, pk)).status_code == 404
    assert lead.get(url("import-detail", review, 10**17)).status_code == 404
    assert lead.get(url("reference-list", review) + f"?search={reference.batch.search_id}").status_code == 400
    assert reference.title not in page(lead, url("reference-list", review) + f"?batch={reference.batch_id}")


# --- Searches ---------------------------------------------------------------------------------------------------------


def test_a_search_keeps_its_strategy_to_the_letter(lead: Client, review: Review) -> None:
    data = {"source": "Scopus", "kind": "database", "strategy": STRATEGY, "hits": "766", "run_on": "2024-05-01"}
    response = lead.post(url("search-create", review), data)
    search = Search.objects.get()
    assert response["Location"] == url("search-detail", review, search.pk)
    assert search.strategy.replace("\r\n", "\n") == STRATEGY
    text = page(lead, response["Location"])
    assert "   3  1 and 2 &lt;limit&gt;</pre>" in text
    lead.post(url("search-edit", review, search.pk), data | {"hits": "767"})
    search.refresh_from_db()
    assert search.hits == 767


@pytest.mark.parametrize(
    "wrong",
    [{"source": ""}, {"hits": "-1"}, {"hits": "9" * 30}, {"run_on": "soon"}, {"kind": "odd"}, {"source": "x" * 121}],
)
def test_wrong_entries_come_back(wrong: dict[str, str], lead: Client, review: Review) -> None:
    data = {"source": "Scopus", "kind": "database"} | wrong
    assert lead.post(url("search-create", review), data).status_code == 422
    assert not Search.objects.exists()


def test_an_empty_list_says_what_to_do_next(lead: Client, review: Review, bob: User) -> None:
    assert url("search-create", review) in page(lead, url("search-list", review))
    lead.force_login(bob)
    assert "A lead of the review adds the searches" in page(lead, url("search-list", review))


def test_lists_ask_equally_often_for_few_and_many(lead: Client, review: Review) -> None:
    targets = [url(name, review) for name in ("search-list", "import-list", "reference-list")]
    counts = []
    for more in (3, 27):
        for number in range(more):
            batch = ImportBatchFactory(search=SearchFactory(review=review, source=f"S{more}-{number}"))
            RecordFactory(review=review, batch=batch)
        found = []
        for target in targets:
            with CaptureQueriesContext(connection) as queries:
                lead.get(target)
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]


# --- Upload, look, confirm --------------------------------------------------------------------------------------------


def test_upload_shows_what_was_found_before_anything_enters(lead: Client, search: Search) -> None:
    batch = upload(lead, search, file(ris()))
    assert batch
    text = page(lead, url("import-detail", search.review, batch.pk))
    assert "Import 3 references" in text
    assert "Peer support 1" in text
    assert "Okello T" in text
    assert "No problem was found" in text
    assert not Reference.objects.exists()


def test_the_whole_way_to_references_and_back(lead: Client, search: Search, bob: User) -> None:
    review = search.review
    batch = upload(lead, search, file(ris()))
    assert batch
    assert lead.post(url("import-confirm", review, batch.pk)).status_code == 302
    batch.refresh_from_db()
    assert batch.job
    running = page(lead, url("import-detail", review, batch.pk))
    assert reverse("jobs:job-detail", args=[review.pk, batch.job.pk]) in running
    assert lead.post(url("import-confirm", review, batch.pk)).status_code == 409
    assert lead.post(url("import-undo", review, batch.pk)).status_code == 409
    carry_out(batch)
    assert "3 references are in the review" in page(lead, url("import-detail", review, batch.pk))
    record = Record.objects.earliest("id")
    make_decision(actor=bob, record=record, stage=Stage.TITLE_ABSTRACT, verdict=Verdict.INCLUDE)
    ask = page(lead, url("import-undo", review, batch.pk))
    assert "<dd>3</dd>" in ask
    lead.post(url("import-undo", review, batch.pk), {"reason": "wrong file"})
    assert not Record.objects.live().exists()
    assert "Bring it back" in page(lead, url("import-detail", review, batch.pk))
    lead.post(url("import-redo", review, batch.pk))
    assert Record.objects.live().count() == 3
    assert record.decisions.count() == 1


def test_undo_does_not_tell_of_hidden_votes(lead: Client, search: Search, bob: User) -> None:
    batch = imported(lead, search)
    takes = imports.what_undo_would_take(batch)
    make_decision(actor=bob, record=Record.objects.earliest("id"), stage=Stage.TITLE_ABSTRACT, verdict=Verdict.EXCLUDE)
    assert imports.what_undo_would_take(batch) == takes == {"references": 3, "records": 3, "judged_records": 0}


def test_several_files_at_once_are_told_apart(lead: Client, search: Search) -> None:
    response = lead.post(
        url("import-create", search.review, search.pk),
        {"exports": [file(ris(2), "one.ris"), file(b"", "two.ris"), file(b"%PDF-1.7 x", "three.pdf")]},
        follow=True,
    )
    text = response.content.decode()
    assert "one.ris: 2 references found" in text
    assert "two.ris: The file is empty" in text
    assert sorted(ImportBatch.objects.values_list("filename", "state")) == [
        ("one.ris", "uploaded"),
        ("three.pdf", "failed"),
    ]


def test_several_files_that_wait_are_let_in_with_one_press(lead: Client, search: Search, bob: User) -> None:
    imported(lead, search, ris(2))
    files = [file(ris(3), "three.ris"), file(ris(4), "four.ris"), file(ris(2), "again.ris")]
    answer = lead.post(url("import-create", search.review, search.pk), {"exports": files}, follow=True)
    assert "Import all 3 files" in answer.content.decode()
    assert "9 references found in them" in answer.content.decode()
    said = lead.post(url("import-confirm-all", search.review, search.pk), follow=True).content.decode()
    assert "three.ris: the import has begun" in said
    assert "again.ris: Exactly this file was imported before" in said
    states = dict(ImportBatch.objects.values_list("filename", "state"))
    assert (states["three.ris"], states["four.ris"], states["again.ris"]) == ("queued", "queued", "uploaded")
    assert "Import all" not in page(lead, url("search-detail", search.review, search.pk))
    lead.force_login(bob)
    assert lead.post(url("import-confirm-all", search.review, search.pk)).status_code == 403


def test_an_upload_without_a_file_is_told_so(lead: Client, search: Search) -> None:
    response = lead.post(url("import-create", search.review, search.pk))
    assert response.status_code == 422
    assert "Choose at least one file." in response.content.decode()


def test_the_same_file_is_noticed_and_needs_a_second_word(lead: Client, search: Search) -> None:
    imported(lead, search)
    again = upload(lead, search, file(ris(), "copy.ris"))
    assert again
    assert "Exactly this file was imported before" in page(lead, url("import-detail", search.review, again.pk))
    assert lead.post(url("import-confirm", search.review, again.pk)).status_code == 409
    assert lead.post(url("import-confirm", search.review, again.pk), {"again": "1"}).status_code == 302
    assert carry_out(again).kept == 3


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n" + bytes(range(256)), b"\x00\x01\x02" * 50, b"just a letter to a friend", b"   \n \n"]
)
def test_what_cannot_be_read_is_kept_and_explained(data: bytes, lead: Client, search: Search) -> None:
    batch = upload(lead, search, file(data))
    assert batch
    assert batch.state == ImportState.FAILED
    text = page(lead, url("import-detail", search.review, batch.pk))
    assert "This file could not be read" in text
    assert "Nothing entered the review" in text
    assert lead.post(url("import-confirm", search.review, batch.pk)).status_code == 422


def test_an_empty_file_is_refused(lead: Client, search: Search) -> None:
    response = lead.post(url("import-create", search.review, search.pk), {"exports": [file(b"")]})
    assert response.status_code == 422
    assert "0 bytes" in response.content.decode()
    assert not ImportBatch.objects.exists()


def test_the_preview_asks_for_hits_that_nobody_wrote_down(lead: Client, alice: User, search: Search) -> None:
    batch = upload(lead, search, file(ris(2)))
    assert batch
    address = url("import-detail", search.review, batch.pk)
    assert "is not written down" not in page(lead, address)
    imports.change_search(actor=alice, search=search, hits=None)
    shown = page(lead, address)
    assert "is not written down" in shown
    assert url("search-edit", search.review, search.pk) in shown


def test_hits_and_entries_that_differ_are_flagged(lead: Client, search: Search) -> None:
    batch = upload(lead, search, file(ris(2)))
    assert batch
    assert "reported 3 hits and this file holds 2 references" in page(
        lead, url("import-detail", search.review, batch.pk)
    )
    lead.post(url("import-confirm", search.review, batch.pk))
    carry_out(batch)
    assert "1 fewer than reported" in page(lead, url("search-list", search.review))
    imported(lead, search, ris(1, start=9))
    assert "than reported" not in page(lead, url("search-list", search.review))


def test_a_table_can_be_read_with_other_columns(lead: Client, search: Search) -> None:
    table = b"Title,Summary of it,Whatever\nPeer support,Text,2021\n"
    batch = upload(lead, search, file(table, "table.csv"))
    assert batch
    text = page(lead, url("import-detail", search.review, batch.pk))
    assert ">Whatever</label>" in text
    lead.post(
        url("import-read", search.review, batch.pk),
        {"format": "csv", "column_0": "title", "column_1": "abstract", "column_2": "year"},
    )
    batch.refresh_from_db()
    row = batch.preview["rows"][0]
    assert (row["abstract"], row["year"]) == ("Text", 2021)


def test_problems_come_with_line_and_original_text(lead: Client, search: Search) -> None:
    damaged = (
        b"TY  - JOUR\nTI  - First\nER  - \n\nTY  - JOUR\nTI  - Second without end\n\nTY  - JOUR\nTI  - Third\nER  - \n"
    )
    batch = upload(lead, search, file(damaged))
    assert batch
    problem = batch.problems.filter(line__gt=0).first()
    assert problem
    text = page(lead, url("import-detail", search.review, batch.pk))
    assert "1 problem" in text
    lines = lead.get(url("import-problems", search.review, batch.pk))
    assert lines["Content-Disposition"].startswith("attachment")
    told = b"".join(lines.streaming_content).decode()  # type: ignore[attr-defined]
    assert f"# line {problem.line}: {problem.cause}" in told
    assert damaged.decode().split("\n")[problem.line - 1] in told


def test_the_file_comes_back_byte_for_byte_as_a_download(lead: Client, search: Search) -> None:
    data = "TY  - JOUR\r\nTI  - Größe\u2028<script>\r\nER  - \r\n".encode()
    batch = upload(lead, search, file(data, 'a"b\r\n<x>.ris'))
    assert batch
    response = lead.get(url("import-file", search.review, batch.pk))
    assert b"".join(response.streaming_content) == data  # type: ignore[attr-defined]
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"


# --- Jobs that do not end well -------------------------------------------------------------------------------------------


def test_an_import_cancelled_before_it_began_can_be_started_again(lead: Client, search: Search) -> None:
    review, batch = search.review, upload(lead, search, file(ris()))
    assert batch
    lead.post(url("import-confirm", review, batch.pk))
    batch.refresh_from_db()
    assert batch.job
    lead.post(reverse("jobs:job-cancel", args=[review.pk, batch.job.pk]))
    assert "Try again" in page(lead, url("import-detail", review, batch.pk))
    lead.post(reverse("jobs:job-restart", args=[review.pk, batch.job.pk]))
    assert carry_out(batch).state == ImportState.DONE
    assert Record.objects.live().count() == 3


def test_a_cancelled_import_leaves_nothing_and_goes_on_when_restarted(
    lead: Client, search: Search, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = search.review
    monkeypatch.setattr(imports, "BATCH", 2)
    batch = upload(lead, search, file(ris(5)))
    assert batch
    lead.post(url("import-confirm", review, batch.pk))
    batch.refresh_from_db()
    write = imports.write_chunk

    def cancel_after_first(batch: ImportBatch, chunk: list) -> None:  # type: ignore[type-arg]
        write(batch, chunk)
        if chunk[-1].position == 2:
            jobs.cancel(actor=alice, job=Job.objects.get(pk=batch.job_id))

    monkeypatch.setattr(imports, "write_chunk", cancel_after_first)
    carry_out(batch)
    job = Job.objects.get(pk=batch.job_id)
    assert (batch.state, job.state) == (ImportState.UNDONE, JobState.CANCELLED)
    assert not Record.objects.live().exists()
    assert "The import was taken out of the review" in page(lead, url("import-detail", review, batch.pk))
    lead.post(reverse("jobs:job-restart", args=[review.pk, job.pk]))
    monkeypatch.setattr(imports, "write_chunk", write)
    assert carry_out(batch).kept == 5
    assert Record.objects.live().count() == 5
    assert Reference.objects.filter(batch=batch, withdrawn_at=None).count() == 5


def test_only_the_asker_or_a_lead_cancels(review: Review, search: Search, alice: User, bob: User) -> None:
    job = jobs.enqueue("x", review=review, key="x", title="x", requested_by=alice)
    with pytest.raises(NotAllowed):
        jobs.cancel(actor=bob, job=job)


# --- References -------------------------------------------------------------------------------------------------------


def test_a_reference_is_shown_exactly_as_it_stood(lead: Client, search: Search) -> None:
    batch = imported(lead, search, entry(1, "Peer <b>support</b> & stigma").encode())
    reference = batch.references.get()
    text = page(lead, url("reference-detail", search.review, reference.pk))
    assert "TI  - Peer &lt;b&gt;support&lt;/b&gt; &amp; stigma" in text
    assert '<th scope="row"><code>DO</code></th>' in text


def test_references_are_found_by_words_search_and_file(lead: Client, search: Search) -> None:
    batch = imported(lead, search)
    other = RecordFactory(review=search.review, source="PubMed", title="Something else").references.get()
    target = url("reference-list", search.review)
    assert "Something else" in page(lead, target)
    for query in ("?q=peer 2", f"?search={search.pk}", f"?batch={batch.pk}"):
        assert "Something else" not in page(lead, target + query)
    assert "Something else" in page(lead, f"{target}?search={other.batch.search_id}&q=ELSE")
    assert "No reference found" in page(lead, f"{target}?q=nowhere")


def test_references_page_by_key(lead: Client, review: Review) -> None:
    for number in range(53):
        RecordFactory(review=review, title=f"Title number {number:02}")
    first = page(lead, url("reference-list", review))
    assert "Title number 49" in first
    assert "Title number 50" not in first
    cursor = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = page(lead, url("reference-list", review) + cursor)
    assert "Title number 50" in second
    assert "Title number 49" not in second


def test_the_upload_limit_is_said_in_words(lead: Client, search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "UPLOAD_LIMIT_BYTES", 100)
    response = lead.post(url("import-create", search.review, search.pk), {"exports": [file(ris())]})
    assert response.status_code in {413, 422}
    assert "larger" in response.content.decode()
