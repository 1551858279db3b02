"""bib-dedupe on one table of references, run by benchmarks/dedup.py in an environment of its own: `RECORDS.csv[.gz]`, answer in JSON."""

import contextlib
import json
import resource
import sys
from importlib.metadata import version

import pandas as pd  # type: ignore[import-not-found]
from bib_dedupe.bib_dedupe import block, cluster, match, prep  # type: ignore[import-not-found]


def main() -> None:
    """All four steps as its documentation shows them, with one process so that CPU and memory can be told."""
    records = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
    records = records.rename(columns={"record_id": "ID", "type": "ENTRYTYPE"})
    with contextlib.redirect_stdout(sys.stderr):
        pairs = block(prep(records, cpu=1), cpu=1)
        groups = cluster(match(pairs, cpu=1))
    used = resource.getrusage(resource.RUSAGE_SELF)
    answer = {"groups": [sorted(group) for group in groups if len(group) > 1], "cpu_seconds": used.ru_utime + used.ru_stime,
              "peak_MiB": used.ru_maxrss / 1024, "version": version("bib-dedupe")}  # fmt: skip
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
