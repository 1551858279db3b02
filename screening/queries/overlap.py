"""What of a file the review holds already, told before the file is let in."""

from collections import Counter
from hashlib import md5
from typing import Any

from django.db.models import F, Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import MD5, Coalesce

from reviewapp.lib.text import storable
from screening.formats import ParsedReference
from screening.models import ImportBatch, Reference

SHORTEST_ACCESSION = 6  # shorter numbers are running numbers of a file
Signs = tuple[str, str, str, str]  # digest of the entry's text, DOI, PubMed number, accession number


class Overlap:
    """Remembers each entry's signs while a file is read; afterwards one query finds those that the review holds."""

    def __init__(self, batch: ImportBatch) -> None:
        self._batch = batch
        self._entries: list[Signs] = []

    def add(self, entry: ParsedReference) -> None:
        accession = entry.accession if len(entry.accession) >= SHORTEST_ACCESSION else ""
        digest = md5(storable(entry.raw).encode(), usedforsecurity=False).hexdigest()
        self._entries.append((digest, storable(entry.doi), storable(entry.pmid), storable(accession)))

    def found(self) -> dict[str, Any]:
        """How many entries are `held`, how many of them `identical` to the letter, and in which imports (`of`: id, name, entries)."""
        holders = self._holders()
        held = identical = 0
        files: Counter[tuple[int, str]] = Counter()
        for entry in self._entries:
            where = set().union(*(holders.get((kind, sign), set()) for kind, sign in enumerate(entry) if sign))
            held += bool(where)
            identical += (0, entry[0]) in holders
            files.update(where)
        ranked = sorted(files.items(), key=lambda file: (-file[1], file[0]))
        return {"held": held, "identical": identical, "of": [[pk, name, n] for (pk, name), n in ranked[:10]]}

    def _holders(self) -> dict[tuple[int, str], set[tuple[int, str]]]:
        """The imports in which a sign stands, by kind of sign and sign."""
        signs = [{entry[kind] for entry in self._entries if entry[kind]} for kind in range(4)]
        digests, dois, pmids, accessions = (list(kind) for kind in signs)
        rows = Reference.objects.filter(review=self._batch.review_id, withdrawn_at=None).exclude(batch=self._batch)
        rows = rows.annotate(
            digest=MD5("raw"),
            accession=Coalesce(KeyTextTransform("accession", "details"), Value(""), output_field=TextField()),
        ).filter(Q(digest__in=digests) | Q(doi__in=dois) | Q(pmid__in=pmids) | Q(accession__in=accessions))
        holders: dict[tuple[int, str], set[tuple[int, str]]] = {}
        found = rows.order_by().values_list("digest", "doi", "pmid", "accession", "batch_id", F("batch__filename"))
        for *theirs, batch, name in found.iterator(chunk_size=5000):
            for kind, sign in enumerate(theirs):
                if sign in signs[kind]:
                    holders.setdefault((kind, sign), set()).add((batch, name))
        return holders
