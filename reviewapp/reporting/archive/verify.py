"""Checks an archive of a review: `python verify.py archive.zip`. It needs Python 3.9 or later and nothing else.

It says whether every file is as the manifest lists it, whether the log's chain of hashes holds, whether rows point at rows
that are there and votes are those the log tells of, and it counts every number of the flow diagram again from the rows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

SCHEMA = 1
MOST_FILES = 20_000
LARGEST = 4 << 30
NO_HASH = "0" * 64
Rows = dict[str, list[dict[str, Any]]]


class Unreadable(Exception):
    """Not an archive that can be checked at all."""


def faults(path: Any) -> list[str]:
    """Everything that is wrong with the archive, each in one sentence; none when it is whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            found = [*_files(archive, manifest)]
            if found:
                return found  # what stands in changed files proves nothing more
            tables = {
                name: [json.loads(one) for one in archive.read(f"tables/{name}.jsonl").splitlines()]
                for name in manifest["tables"]
            }
            people = [json.loads(one) for one in archive.read("tables/people.jsonl").splitlines()]
            log = [json.loads(one) for one in archive.read("log.jsonl").splitlines()]
            found += _pointers(tables, people, manifest)
            if manifest["chain"]:
                found += _chain(log, manifest["chain"])
                found += _votes(log, tables)
            found += _diagram(tables, json.loads(archive.read("prisma/diagram.json")))
            found += _csv(archive.read("prisma/prisma.csv").decode(), json.loads(archive.read("prisma/diagram.json")))
            return found
    except Unreadable as error:
        return [str(error)]
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return [f"the archive cannot be read: {type(error).__name__} {error}"]


# --- Files ------------------------------------------------------------------------------------------------------------


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    members = archive.infolist()
    if len(members) > MOST_FILES or sum(member.file_size for member in members) > LARGEST:
        raise Unreadable("the archive unpacks to more than an archive of Tandem ever does")
    for name, n in Counter(member.filename for member in members).items():
        if n > 1:
            raise Unreadable(f"{name} is in the archive {n} times")
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise Unreadable(f"{name} leads out of the archive")
    if "manifest.json" not in archive.namelist():
        raise Unreadable("the archive has no manifest.json")
    manifest = json.loads(archive.read("manifest.json"))
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise Unreadable(f"the manifest is not of schema {SCHEMA}, which this program reads")
    return manifest


def _files(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> Iterator[str]:
    listed, there = {row["file"]: row for row in manifest["files"]}, set(archive.namelist()) - {"manifest.json"}
    for name in sorted(set(listed) - there):
        yield f"{name} is missing"
    for name in sorted(there - set(listed)):
        yield f"{name} is not listed in the manifest"
    for name in sorted(there & set(listed)):
        try:
            content = archive.read(name)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
            yield f"{name} is damaged"
            continue
        if hashlib.sha256(content).hexdigest() != listed[name]["sha256"] or len(content) != listed[name]["bytes"]:
            yield f"{name} was changed after the archive was made"
        elif listed[name]["rows"] is not None and len(content.splitlines()) != listed[name]["rows"]:
            yield f"{name} has {len(content.splitlines())} rows, the manifest says {listed[name]['rows']}"


# --- Rows and the log -------------------------------------------------------------------------------------------------


def _pointers(tables: Rows, people: list[dict[str, Any]], manifest: dict[str, Any]) -> Iterator[str]:
    ids = {name: {row["id"] for row in rows} for name, rows in tables.items()}
    persons = {row["id"] for row in people}
    for name, rows in tables.items():
        if len(ids[name]) != len(rows):
            yield f"{name} has two rows of one number"
        for field, kind in manifest["tables"][name]["fields"].items():
            known = persons if kind in ("person", "list of people") else ids.get(kind[len("row of ") :])
            if not (kind.startswith("row of ") or ("pe" in kind[:8] and known is persons)) or known is None:
                continue
            for row in rows:
                values = row[field] if isinstance(row[field], list) else [row[field]]
                if any(value is not None and value not in known for value in values):
                    yield f"{name} {row['id']}: {field} points at nothing in the archive"


def _chain(log: list[dict[str, Any]], head: dict[str, Any]) -> Iterator[str]:
    previous, expected = NO_HASH, 1
    for event in log:
        number = event["sequence"]
        if number != expected:
            yield f"event {expected} is missing or out of its place (the next one found is {number})"
        if event["previous_hash"] != previous:
            yield f"event {number} does not follow the one before it"
        if "content" in event:
            canonical = json.dumps(event["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            if hashlib.sha256((event["previous_hash"] + canonical).encode()).hexdigest() != event["hash"]:
                yield f"event {number} ({event['content'][5]}) was changed after it was written"
            elif event["content"][2] != number or event["content"][5] != event["action"]:
                yield f"event {number} is not the one that its content tells of"
        previous, expected = event["hash"], number + 1
    if (expected - 1, previous) != (head["events"], head["hash"]):
        yield f"the chain ends at event {expected - 1}, its head says {head['events']}"


def _votes(log: list[dict[str, Any]], tables: Rows) -> Iterator[str]:
    """Every vote given here has its event, and says what the event says."""
    votes = {row["id"]: row for row in tables["screening.screeningdecision"]}
    told = set()
    for event in log:
        if event.get("action") == "screening.decision.made" and event.get("row"):
            vote = votes.get(event["row"][1])
            told.add(event["row"][1])
            after = event["content"][9]
            if vote is None or (vote["verdict"], vote["stage"]) != (after["verdict"], after["stage"]):
                yield f"event {event['sequence']} tells of another vote than row {event['row'][1]} of the decisions"
            elif vote["reviewer"] != event["person"]:
                yield f"row {vote['id']} of the decisions is not the vote of who gave it"
    sealed = sum("content" not in event for event in log)
    alone = [row["id"] for row in votes.values() if row["id"] not in told and row.get("handover") is None]
    if len(alone) > sealed:
        yield from (f"the log tells of no vote as in row {number} of the decisions" for number in alone)


# --- The diagram ------------------------------------------------------------------------------------------------------


def _diagram(tables: Rows, diagram: dict[str, int]) -> Iterator[str]:
    counted = counts(tables)
    for key in sorted(counted.keys() | diagram.keys()):
        if counted.get(key) != diagram.get(key):
            yield f"the diagram says {key} = {diagram.get(key)}, the rows give {counted.get(key)}"


def _csv(text: str, diagram: dict[str, int]) -> Iterator[str]:
    for row in csv.DictReader(io.StringIO(text)):
        if row["n"].isdigit() and int(row["n"]) != diagram.get(row["data"]):
            yield f"prisma.csv says {row['data']} = {row['n']}, diagram.json {diagram.get(row['data'])}"


DATABASES, TITLE_ABSTRACT, FULL_TEXT = ("database", "register"), "title_abstract", "full_text"


class _Review:
    """What the counts are asked of."""

    def __init__(self, tables: Rows) -> None:
        searches = {row["id"]: row for row in tables["screening.search"]}
        batches = {row["id"]: row for row in tables["screening.importbatch"]}
        self.before = next(iter(tables["screening.previousversion"]), None)
        cut_off = (self.before or {}).get("cut_off")
        self.live = {
            row["id"] for row in tables["screening.record"] if row["merged_into"] is None and not row["withdrawn_at"]
        }
        self.references, self.known, self.by_databases = [], set[int](), set[int]()
        for row in tables["screening.reference"]:
            if row["withdrawn_at"]:
                continue
            batch = batches[row["batch"]]
            search = searches[batch["search"]]
            if search["kind"] in DATABASES:
                self.by_databases.add(row["record"])
            if cut_off and batch["created_at"][:10] <= cut_off:
                self.known.add(row["record"])
            else:
                self.references.append((search["kind"], search["source"]))
        self.reports = {row["record"]: row for row in tables["screening.report"]}
        self.reasons = {row["id"]: row["label"] for row in tables["screening.exclusionreason"]}
        self.outcomes = {(row["record"], row["stage"]): row for row in tables["screening.screeningoutcome"]}

    def stands(self, record: int, stage: str, outcome: str) -> bool:
        row = self.outcomes.get((record, stage))
        return bool(row and row["outcome"] == outcome)

    def passed(self, record: int) -> bool:
        return record in self.live and self.stands(record, TITLE_ABSTRACT, "included")

    def at_full_text(self, record: int) -> bool:
        report = self.reports.get(record)
        return self.passed(record) and not (report and report["retrieval"] == "not_retrieved")


def counts(tables: Rows) -> dict[str, int]:
    """Every number of the flow diagram under its name in the PRISMA2020 package, from the rows alone."""
    review = _Review(tables)
    kinds: dict[str, Counter[str]] = {}
    for kind, source in review.references:
        kinds.setdefault(kind, Counter())[source] += 1
    total = {kind: sum(sources.values()) for kind, sources in kinds.items()}
    new = review.live - review.known
    main, other = new & review.by_databases, new - review.by_databases
    found = {
        "database_results": total.get("database", 0),
        "register_results": total.get("register", 0),
        "duplicates": total.get("database", 0) + total.get("register", 0) - len(main),
        "excluded_automatic": 0,
        "excluded_other": 0,
        "records_screened": len(main),
        "records_excluded": sum(review.stands(record, TITLE_ABSTRACT, "excluded") for record in main),
    }
    found |= {f"database_specific_results/{name}": n for name, n in kinds.get("database", {}).items()}
    found |= {f"register_specific_results/{name}": n for name, n in kinds.get("register", {}).items()}
    waiting = {}
    numbers, retrieval, assessment = _reports(review, main, "dbr")
    found |= numbers
    waiting["records_awaiting_screening"] = (
        found["records_screened"] - found["records_excluded"] - found["dbr_sought_reports"]
    )
    waiting["reports_awaiting_retrieval"], waiting["reports_awaiting_assessment"] = retrieval, assessment
    if other or any(kind not in DATABASES for kind in kinds):
        numbers, retrieval, assessment = _reports(review, other, "other")
        found |= numbers
        found["website_results"] = total.get("website", 0)
        found["organisation_results"] = total.get("organisation", 0)
        found["citations_results"] = total.get("citation_searching", 0) + total.get("other", 0)
        waiting["other_reports_awaiting_retrieval"] = retrieval
        waiting["other_reports_awaiting_assessment"] = assessment
    found |= {f"pending/{name}": n for name, n in waiting.items() if n}
    return found | _included(review)


def _reports(review: _Review, lane: set[int], prefix: str) -> tuple[dict[str, int], int, int]:
    sought = [record for record in lane if review.passed(record) and record in review.reports]
    given_up = [record for record in sought if review.reports[record]["retrieval"] == "not_retrieved"]
    assessed = [
        record
        for record in sought
        if review.reports[record]["retrieval"] != "not_retrieved"
        and (review.reports[record]["retrieval"] == "retrieved" or (record, FULL_TEXT) in review.outcomes)
    ]
    judged = [record for record in lane if review.at_full_text(record)]
    excluded = [review.outcomes[record, FULL_TEXT] for record in judged if review.stands(record, FULL_TEXT, "excluded")]
    included = sum(review.stands(record, FULL_TEXT, "included") for record in judged)
    reasons = Counter(review.reasons.get(row["reason"], "") for row in excluded)
    numbers = {
        f"{prefix}_sought_reports": len(sought),
        f"{prefix}_notretrieved_reports": len(given_up),
        f"{prefix}_assessed": len(assessed),
        f"{prefix}_excluded_reports": len(excluded),
        **{f"{prefix}_excluded/{label}": n for label, n in reasons.items()},
    }
    return numbers, len(sought) - len(given_up) - len(assessed), len(assessed) - len(excluded) - included


def _included(review: _Review) -> dict[str, int]:
    records = [
        record
        for record in review.reports
        if review.at_full_text(record) and review.stands(record, FULL_TEXT, "included")
    ]
    old = [record for record in records if record in review.known]
    studies_before = {review.reports[record]["study"] for record in old}
    studies = {review.reports[record]["study"] for record in records if record not in review.known}
    found = {"new_reports": len(records) - len(old), "new_studies": len(studies - studies_before)}
    if review.before is None:
        return found
    for what, counted in (("studies", len(studies_before)), ("reports", len(old))):
        told = review.before[what]
        if told is not None or review.before["cut_off"] is not None:
            found[f"previous_{what}"] = (told or 0) + counted
            found[f"total_{what}"] = found[f"previous_{what}"] + found[f"new_{what}"]
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print("Usage: python verify.py archive.zip")
        return 2
    found = faults(sys.argv[1])
    for one in found:
        print(one)
    print(
        f"{len(found)} faults found." if found else "The archive is whole: files, rows and the numbers of the diagram."
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
