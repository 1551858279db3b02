"""Statistics of agreement for answers, by the module that serves screening."""

from collections.abc import Sequence
from dataclasses import dataclass

from appraisal.models import Instrument
from appraisal.queries.agreement import ItemAgreement
from screening.agreement import AgreementReport, agreement_of


@dataclass(frozen=True)
class Figures:
    """The report and the answers it is about, in the order of its tables."""

    report: AgreementReport
    labels: list[str]

    @property
    def statistics(self) -> list[tuple[str, str]]:
        """Name and value of each statistic, with the answers in the team's words."""
        names = {f"Agreement on {code}": label for code, label in zip(self.report.categories, self.labels, strict=True)}
        return [
            (f"Agreement on “{names[line.name]}”" if line.name in names else line.name, line.text)
            for line in self.report.statistics
        ]

    @property
    def tables(self) -> list[list[tuple[str, Sequence[int]]]]:
        """For each pair of people: answers of one by answers of the other."""
        return [list(zip(self.labels, pair.matrix, strict=True)) for pair in self.report.pairs]


def agreement_rows(
    units: Sequence[dict[int, str]], instrument: Instrument, asked: Sequence[ItemAgreement]
) -> Figures | None:
    """Agreement over the units; None when nobody answered questions with answers to choose from."""
    labels = {answer["code"]: answer["label"] for one in asked for answer in one.item.answers_offered}
    given = {code for unit in units for code in unit.values()}
    categories = tuple(code for code in labels if code in given or len(labels) <= 4)
    people = sorted({person for unit in units for person in unit})
    if not units or not categories:
        return None
    report = agreement_of([[unit.get(person) for person in people] for unit in units], categories)
    return Figures(report, [labels[code] for code in categories])
