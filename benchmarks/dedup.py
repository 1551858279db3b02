"""Duplicate detection on labelled sets: `python -m benchmarks.dedup DIR [--set NAME …] [--json] [--with-rival] [--table]`.

DIR holds one folder per set with records.csv[.gz] and gold.csv[.gz] (record_id, group_id). Each set runs in a process of its own, so that
CPU time and peak memory are its own. Reading the file counts. `--with-rival` runs bib-dedupe from PyPI on the same sets in the same run, in
an environment that uv makes for it; `--table` prints both as the table of docs/DEDUPLICATION.md.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from screening.duplicates import Key, Result, find_duplicates
from screening.duplicates.tables import open_text, read_table

Row = dict[str, Any]

MEBIBYTE_KB = 1024
RIVAL = ["uv", "run", "--no-project", "--isolated", "--python", "3.11", "--with", "bib-dedupe"]


def pairs(n: int) -> int:
    return n * (n - 1) // 2


def gold_of(folder: Path) -> dict[Key, str]:
    with open_text(file_in(folder, "gold")) as handle:
        return {
            row["record_id"].strip(): row["group_id"].strip() or f"alone {row['record_id']}"
            for row in csv.DictReader(handle)
        }


def file_in(folder: Path, name: str) -> Path:
    return next(path for path in (folder / f"{name}.csv.gz", folder / f"{name}.csv") if path.exists())


def score(groups: list[list[Key]], gold: dict[Key, str]) -> dict[str, float]:
    """Record level: a gold group of n with k kept gives FN k-1, TP n-k; none kept is one FP. Pair level: after closure. Unlabelled records do not count."""
    predicted = {key: number for number, group in enumerate(groups) for key in group}
    removed = {key for group in groups for key in group[1:]}
    members: defaultdict[str, list[Key]] = defaultdict(list)
    for key, group in gold.items():
        members[group].append(key)
    found = missed = lost = 0
    for keys in members.values():
        kept = sum(key not in removed for key in keys)
        found += len(keys) - max(kept, 1)
        missed += max(kept - 1, 0)
        lost += kept == 0
    cells = Counter((predicted.get(key, f"alone {key}"), group) for key, group in gold.items())
    blocks = Counter(predicted.get(key, f"alone {key}") for key in gold)
    both = sum(map(pairs, cells.values()))
    return {
        "TP": found, "FN": missed, "record_FP": lost, "sensitivity": found / (found + missed) if found + missed else 1.0,
        "pair_TP": both, "pair_FP": sum(map(pairs, blocks.values())) - both,
        "pair_FN": sum(pairs(len(keys)) for keys in members.values()) - both,
    }  # fmt: skip


def with_queue(result: Result, gold: dict[Key, str], records: int, per_thousand: int) -> list[list[Key]]:
    """The groups after people have judged, rightly, the first pairs of the queue."""
    leader: dict[Key, Key] = {}

    def find(key: Key) -> Key:
        while leader.get(key, key) != key:
            key = leader[key]
        return key

    for group in result.groups:
        for key in group[1:]:
            leader[find(key)] = find(group[0])
    for a, b, _ in result.uncertain[: records * per_thousand // 1000]:
        if a in gold and gold[a] == gold.get(b):
            leader[find(a)] = find(b)
    joined: defaultdict[Key, list[Key]] = defaultdict(list)
    for key in set(leader) | set(leader.values()):
        joined[find(key)].append(key)
    return [sorted(group, key=str) for group in joined.values() if len(group) > 1]


def run(folder: Path, predictions: Path | None) -> Row:
    started = time.process_time()
    result = find_duplicates(read_table(file_in(folder, "records")))
    cpu = time.process_time() - started
    records = sum(1 for _ in read_table(file_in(folder, "records")))
    gold = gold_of(folder)
    if predictions:
        write_predictions(predictions, result)
    return {
        "set": folder.name, "records": records, **score(result.groups, gold),
        "sensitivity_with_10_per_1000": score(with_queue(result, gold, records, 10), gold)["sensitivity"],
        "uncertain_per_1000": 1000 * len(result.uncertain) / records, "related": len(result.related),
        "cpu_seconds": cpu, "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE_KB,
    }  # fmt: skip


def write_predictions(path: Path, result: Result) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("record_id", "group_id", "kept"))
        for number, group in enumerate(result.groups, 1):
            writer.writerows((key, number, int(key == group[0])) for key in group)


def show(row: Row) -> str:
    return (
        f"{row['set']:22} {row['records']:>6} sensitivity {row['sensitivity']:.4f} record FP {row['record_FP']} pair FP {row['pair_FP']} "
        f"with 10 pairs/1,000 {row['sensitivity_with_10_per_1000']:.4f} uncertain {row['uncertain_per_1000']:.1f}/1,000 "
        f"CPU {row['cpu_seconds']:.1f} s peak {row['peak_MiB']:.0f} MiB"
    )


def run_rival(folder: Path) -> Row:
    """bib-dedupe on one set, scored like ours."""
    script = Path(__file__).with_name("rival_bib_dedupe.py")
    command = [*RIVAL, "python", str(script), str(file_in(folder, "records").resolve())]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    groups = answer.pop("groups")
    return {
        "set": folder.name,
        "tool": f"bib-dedupe {answer.pop('version')}",
        **score(groups, gold_of(folder)),
        **answer,
    }


def table(rows: list[Row], rivals: list[Row]) -> str:
    """Ours and the rival's figures as a Markdown table."""
    lines = [
        "| set | references | tool | sensitivity | false merges (records · pairs) | CPU s | peak MiB |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        same_set = (rival for rival in rivals if rival["set"] == row["set"])
        lines += [_line(row["set"], row["records"], one) for one in (row, *same_set)]
    lines += [
        _line("all of these", sum(row["records"] for row in rows), _total(group)) for group in (rows, rivals) if group
    ]
    return "\n".join(lines)


def _line(name: str, records: int, row: Row) -> str:
    return (
        f"| {name} | {records:,} | {row.get('tool', 'Tandem')} | {row['sensitivity']:.4f} "
        f"| {row['record_FP']} · {row['pair_FP']} | {row['cpu_seconds']:.1f} | {row['peak_MiB']:.0f} |"
    )


def _total(rows: list[Row]) -> Row:
    sums = {name: sum(row[name] for row in rows) for name in ("TP", "FN", "record_FP", "pair_FP", "cpu_seconds")}
    peak = max(row["peak_MiB"] for row in rows)
    found = sums["TP"] / (sums["TP"] + sums["FN"])
    return {**sums, "sensitivity": found, "peak_MiB": peak, "tool": rows[0].get("tool", "Tandem")}


def main() -> int:
    """Exit 1 when a set has a false merge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--set", nargs="+", dest="sets")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--predictions", type=Path, help="with one set: also write record_id, group_id, kept")
    parser.add_argument("--with-rival", action="store_true", help="run bib-dedupe too (needs uv and PyPI)")
    parser.add_argument("--table", action="store_true", help="print a Markdown table")
    options = parser.parse_args()
    names = options.sets or sorted(path.name for path in options.directory.iterdir() if path.is_dir())
    if len(names) == 1:
        rows = [run(options.directory / names[0], options.predictions)]
    else:
        command = [sys.executable, "-m", "benchmarks.dedup", str(options.directory), "--json", "--set"]
        rows = [
            json.loads(subprocess.run([*command, name], check=False, capture_output=True, text=True).stdout)[0]
            for name in names
        ]
    rivals = [run_rival(options.directory / name) for name in names] if options.with_rival else []
    if options.table or rivals:
        print(table(rows, rivals))
        return 1 if any(row["pair_FP"] for row in rows) else 0
    print(json.dumps(rows) if options.json else "\n".join(map(show, rows)))
    if len(rows) > 1 and not options.json:
        found, missed = sum(row["TP"] for row in rows), sum(row["FN"] for row in rows)
        print(f"{'total':22} sensitivity {found / (found + missed):.4f} pair FP {sum(row['pair_FP'] for row in rows)}")
    return 1 if any(row["pair_FP"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
