"""The order in which ASReview's default model screens a labelled set; runs in ASReview's own environment, never in ours.

`uv run --no-project --isolated --with 'asreview>=3.0,<3.1' python benchmarks/asreview_orders.py SET.csv.gz` with pairs of prior rows as JSON on the
standard input; prints for each pair the order of reading after it and the mean CPU time of a retraining.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from asreview import ActiveLearningCycle, Simulate, __version__
from asreview.models.models import get_ai_config


def main() -> None:
    table = pd.read_csv(sys.argv[1], keep_default_na=False)
    label = "label" if "label" in table else "label_included"
    labels = table[label].astype(float).astype(int).to_numpy()
    runs = [run(table[["title", "abstract"]], labels, priors) for priors in json.load(sys.stdin)]
    print(json.dumps({"version": __version__, "runs": runs}))


def run(texts: pd.DataFrame, labels: np.ndarray, priors: list[int]) -> dict[str, object]:
    cycle = ActiveLearningCycle.from_meta(get_ai_config()["value"])
    simulation = Simulate(texts, labels, [cycle], stopper=None, print_progress=False)
    simulation.label(priors)
    began = time.process_time()
    simulation.review()
    spent = time.process_time() - began
    read = [int(row) for row in simulation._results["record_id"]][len(priors) :]
    rest = sorted(set(range(len(labels))) - set(read) - set(priors))  # it ends at the last include
    return {"order": read + rest, "retrain_ms": 1000 * spent / max(len(read), 1)}


main()
