"""Ranking and stopping on labelled sets, beside ASReview: `python -m benchmarks.ranking DIR [--seeds 5] [--sizes] [--leave-one-out] [--json]`.

DIR holds tables as `manage.py simulate_screening` reads them. Both programs begin with the same one include and one exclude of each seed, screen
everything, and are measured by the same functions. ASReview runs in an environment of its own, which `uv` makes.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from screening.management.commands.simulate_screening import read_labelled
from screening.ranking import (
    Document,
    by_score,
    features,
    features_of,
    features_with_question,
    figures_of,
    likeness,
    model,
    simulate,
    statement,
)
from screening.ranking.simulation import Simulation

ASREVIEW = "asreview>=3.0,<3.1"
RUN_ASREVIEW = ["uv", "run", "--quiet", "--no-project", "--isolated", "--python", "3.11", "--with", ASREVIEW, "python"]
STOP_CHECKS = 100  # a replay looks at the stopping statement so many times
TITLE_WEIGHTS, PRESUMING = (0.0, 0.15, 0.3, 0.5), (20, 10**9)
SIZES = {1_000: 500, 10_000: 2_000, 100_000: 10_000}  # records: labels
FIRST = 50
QUESTIONS = {  # written from the titles of the reviews that the sets come from
    "cohen_adhd": "Which drugs for attention deficit hyperactivity disorder work, and how safe are they? Methylphenidate, amphetamine, atomoxetine.",
    "gpts_covid_misinfo": "How does misinformation about COVID-19 spread in social media, and what can be done about it?",
    "wallace_copd": "Which genes and polymorphisms are associated with chronic obstructive pulmonary disease?",
    "nagtegaal_nudging": "Does nudging change the behaviour of healthcare professionals? Reminders, defaults, feedback, prompts.",
    "bannachbrown_depression": "Animal models of depression: which interventions change depression-like behaviour in rats and mice?",
    "cohen_triptans": "Are triptans effective and safe in acute migraine? Comparison of sumatriptan and others.",
    "gpts_solastalgia": "Solastalgia: distress caused by environmental change and loss of place.",
}


@dataclass(frozen=True)
class Run:
    wss95: float
    recall10: float
    loss: float
    ndcg: float
    atd: float
    retrain_ms: float


@dataclass(frozen=True)
class Stop:
    kept: bool
    recall: float
    saved: float


def sets_in(folder: Path) -> dict[str, Path]:
    return {path.name.split(".")[0]: path for path in sorted(folder.glob("*.csv*"))}


def run_of(simulation: Simulation) -> Run:
    return Run(**asdict(simulation.figures), retrain_ms=simulation.retrain_ms)


def asreview_runs(path: Path, labels: list[int], priors: list[tuple[int, int]]) -> tuple[str, list[Run]]:
    script = Path(__file__).with_name("asreview_orders.py")
    told = subprocess.run(
        [*RUN_ASREVIEW, script, path], input=json.dumps(priors), capture_output=True, text=True, check=True
    )
    answer = json.loads(told.stdout)
    return answer["version"], [
        Run(**asdict(figures_of([labels[row] for row in run["order"]])), retrain_ms=run["retrain_ms"])
        for run in answer["runs"]
    ]


def replay(labels: list[int]) -> Stop | None:
    """Where a team that looks a hundred times would stop at 95/95; None when never."""
    for read in np.unique(np.linspace(1, len(labels), STOP_CHECKS).astype(int)):
        if read < len(labels) and statement(labels[:read], len(labels)).is_met:
            recall = sum(labels[:read]) / sum(labels)
            return Stop(recall >= 0.95, recall, 1 - read / len(labels))
    return None


def first_by_question(documents: list[Document], labels: list[int], question: str) -> tuple[int, float]:
    """Includes among the first 50 by likeness to the question, and how many chance would give."""
    scores = likeness(features_with_question(documents, question))
    found = sum(labels[row] for row in np.argsort(-scores, kind="stable")[:FIRST])
    return found, FIRST * sum(labels) / len(labels)


def mean(runs: list[Run]) -> Run:
    return Run(**{name: statistics.fmean(getattr(run, name) for run in runs) for name in Run.__annotations__})


def measure_set(name: str, path: Path, seeds: int, *, rival: bool) -> dict[str, Any]:
    documents, labels = read_labelled(path)
    made = features_of(documents)
    simulations = [simulate(made, labels, seed) for seed in range(seeds)]
    stops = [replay(simulation.labels) for simulation in simulations]
    result: dict[str, Any] = {
        "records": len(labels),
        "includes": sum(labels),
        "tandem": [asdict(run_of(s)) for s in simulations],
    }
    result["stops"] = [asdict(stop) if stop else None for stop in stops]
    if rival:
        result["version"], runs = asreview_runs(path, labels, [s.priors for s in simulations])
        result["asreview"] = [asdict(run) for run in runs]
    if name in QUESTIONS:
        result["question"] = first_by_question(documents, labels, QUESTIONS[name])
    return result


# --- Leave one set out ------------------------------------------------------------------------------------------------


def leave_one_out(paths: dict[str, Path], seeds: int) -> dict[str, Any]:
    """For each set its loss under the settings that are best on all others."""
    losses: dict[tuple[float, int], dict[str, float]] = {}
    for weight in TITLE_WEIGHTS:
        features.TITLE_WEIGHT = weight
        made = {name: (features_of(documents), labels) for name, (documents, labels) in read_all(paths).items()}
        for presume in PRESUMING:
            model.PRESUME_FROM = presume
            losses[weight, presume] = {
                name: statistics.fmean(simulate(*pair, seed).figures.loss for seed in range(seeds))
                for name, pair in made.items()
            }
    told = {}
    for left in paths:
        best = min(losses, key=lambda setting: sum(loss for name, loss in losses[setting].items() if name != left))
        told[left] = {"title_weight": best[0], "presumes": best[1] < 10**9, "loss": losses[best][left]}
    grid = [{"title_weight": w, "presumes": p < 10**9, "losses": found} for (w, p), found in losses.items()]
    return {"left_out": told, "grid": grid}


def read_all(paths: dict[str, Path]) -> dict[str, tuple[list[Document], list[int]]]:
    return {name: read_labelled(path) for name, path in paths.items()}


# --- Cost -------------------------------------------------------------------------------------------------------------


def invented(paths: dict[str, Path], count: int) -> list[Document]:
    """Texts of usual length from sentences of the sets, shuffled: as many different words and pairs as real ones of that size."""
    chance = random.Random(1)  # noqa: S311
    documents = [document for found, _ in read_all(paths).values() for document in found]
    titles = [document.title for document in documents]
    sentences = [s for document in documents for s in document.abstract.split(". ") if len(s) > 30]
    return [
        Document(f"{chance.choice(titles)} {n}", " ".join(". ".join(chance.choices(sentences, k=9)).split()[:230]))
        for n in range(count)
    ]


def cost_of(paths: dict[str, Path], count: int) -> dict[str, float]:
    documents, labelled = invented(paths, count), SIZES[count]
    began = time.process_time()
    made = features_of(documents)
    featured = time.process_time()
    trained = model.train(
        made, range(labelled), [int(n % 10 == 0) for n in range(labelled)], unread=np.arange(labelled, count), seed=0
    )
    by_score(np.arange(count), trained.scores(made), seed=0)
    return {
        "features_s": featured - began,
        "retrain_s": time.process_time() - featured,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


# --- Telling ----------------------------------------------------------------------------------------------------------


def table(results: dict[str, dict[str, Any]]) -> None:
    print(
        f"{'set':26} {'records/includes':>16}  {'program':8} {'WSS@95':>7} {'rec@10%':>8} {'loss':>7} {'NDCG':>6} {'ATD':>6} {'ms':>5}"
    )
    for name, result in results.items():
        for program in ("tandem", "asreview"):
            if program in result:
                run = mean([Run(**run) for run in result[program]])
                size = f"{result['records']}/{result['includes']}"
                figures = f"{run.wss95:7.3f} {run.recall10:8.3f} {run.loss:7.4f} {run.ndcg:6.3f} {100 * run.atd:5.1f}% {run.retrain_ms:5.0f}"
                print(f"{name:26} {size:>16}  {program:8} {figures}")
    for program in ("tandem", "asreview"):
        rows = [mean([Run(**run) for run in result[program]]) for result in results.values() if program in result]
        if rows:
            every = mean(rows)
            middle = statistics.median(row.loss for row in rows)
            print(
                f"{'mean of ' + str(len(rows)) + ' sets':26} {'':>16}  {program:8} {every.wss95:7.3f} {every.recall10:8.3f} {every.loss:7.4f}   (median loss {middle:.4f})"
            )
    stops = [stop for result in results.values() for stop in result["stops"]]
    made = [stop for stop in stops if stop]
    if made:
        print(
            f"\nStopping at 95/95: {len(made)} of {len(stops)} runs reached the claim; kept in {sum(s['kept'] for s in made)}; "
            f"recall then {statistics.fmean(s['recall'] for s in made):.3f} on average, {min(s['recall'] for s in made):.3f} at worst; "
            f"saved {statistics.fmean(s['saved'] if s else 0 for s in stops):.3f} of the reading over all runs"
        )
    for name, result in results.items():
        if "question" in result:
            found, chance = result["question"]
            print(f"First {FIRST} by the question alone, {name}: {found} includes, chance gives {chance:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--set", action="append", help="only this set; may be repeated")
    parser.add_argument("--no-rival", action="store_true")
    parser.add_argument(
        "--sizes", action="store_true", help="also measure the cost at 1,000, 10,000 and 100,000 records"
    )
    parser.add_argument("--leave-one-out", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cost", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    paths = {name: path for name, path in sets_in(asked.folder).items() if not asked.set or name in asked.set}
    if asked.cost:
        print(json.dumps(cost_of(paths, asked.cost)))
        return
    told: dict[str, Any] = {
        "sets": {name: measure_set(name, path, asked.seeds, rival=not asked.no_rival) for name, path in paths.items()}
    }
    if asked.leave_one_out:
        told["leave_one_out"] = leave_one_out(paths, asked.seeds)
    if asked.sizes:
        told["sizes"] = {count: in_own_process(asked.folder, count) for count in SIZES}
    if asked.json:
        print(json.dumps(told))
        return
    table(told["sets"])
    for name, found in told.get("leave_one_out", {}).get("left_out", {}).items():
        print(
            f"Left out {name}: loss {found['loss']:.4f} at title weight {found['title_weight']}, presumed excludes {found['presumes']}"
        )
    for count, cost in told.get("sizes", {}).items():
        print(
            f"{count:>7} records: features {cost['features_s']:.1f} s, retrain and rescore {cost['retrain_s']:.3f} s, peak {cost['peak_mb']:.0f} MB"
        )


def in_own_process(folder: Path, count: int) -> dict[str, float]:
    call = [sys.executable, "-m", "benchmarks.ranking", folder, "--cost", str(count)]
    return json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
