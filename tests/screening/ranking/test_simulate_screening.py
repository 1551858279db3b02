"""`manage.py simulate_screening`: a table in, figures out, no database."""

import csv
import gzip
import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.screening.ranking.test_ranking import library


def table(path, columns=("title", "abstract", "label_included"), packed=False, **changed):
    documents, labels = library(80, 15)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*columns, "more"])
    for document, label in zip(documents, labels, strict=True):
        writer.writerow([document.title, document.abstract, changed.get("label", label), "x"])
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    return str(path)


def run(*arguments):
    out = io.StringIO()
    call_command("simulate_screening", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("columns", [("title", "abstract", "label"), ("Title", " ABSTRACT ", "Label_Included")])
@pytest.mark.parametrize("packed", [False, True])
def test_figures_as_json(tmp_path, columns, packed):
    figures = json.loads(run(table(tmp_path / "set.csv", columns, packed), "--json", "--seed", "3"))
    assert set(figures) == {"wss95", "recall10", "loss", "ndcg", "atd", "retrain_ms", "curve"}
    assert 0 <= figures["loss"] < 0.2
    assert figures["curve"][0] == [0, 0.0]
    assert figures["curve"][-1] == [78, 1.0]  # the two priors are left out


def test_figures_in_words(tmp_path):
    told = run(table(tmp_path / "set.csv"))
    assert "80 records, 15 includes" in told
    assert "100 %  100.0 %" in told


def test_the_same_seed_gives_the_same_figures(tmp_path):
    path = table(tmp_path / "set.csv")
    first, again = (json.loads(run(path, "--json", "--seed", "1")) for _ in range(2))
    del first["retrain_ms"], again["retrain_ms"]
    assert first == again


@pytest.mark.parametrize(
    ("columns", "label", "says"),
    [
        (("title", "abstract", "other"), 1, "label or label_included"),
        (("name", "text", "label"), 1, "title and abstract"),
        (("title", "abstract", "label"), "maybe", "Row 2"),
        (("title", "abstract", "label"), 1, "at least two"),
    ],
)
def test_unusable_tables_are_refused_with_a_cause(tmp_path, columns, label, says):
    with pytest.raises(CommandError, match=says):
        run(table(tmp_path / "set.csv", columns, label=label))


@pytest.mark.parametrize("data", [b"", b"\x1f\x8bnot gzip", b"title,abstract,label\n\xff\xfe,a,1\n"])
def test_files_of_other_kinds_are_refused(tmp_path, data):
    (tmp_path / "set.csv").write_bytes(data)
    with pytest.raises(CommandError):
        run(str(tmp_path / "set.csv"))
    with pytest.raises(CommandError, match="cannot be opened"):
        run(str(tmp_path / "none.csv"))
