"""The counts as the CSV that the PRISMA2020 R package reads (Haddaway et al. 2022): one row per number and per title box."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from reviewapp.reporting.prisma.counts import Count, PrismaCounts, Sources
from reviewapp.reporting.prisma.layout import Template

COLUMNS = ("data", "node", "box", "description", "boxtext", "tooltips", "url", "n")
ABSENT = "NA"  # how R writes a missing value
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """What the package needs to know of one row besides its number."""

    data: str
    node: str
    box: str
    boxtext: str
    description: str = ""


# Keys, nodes and boxes are the package's; a title box has no number and keeps its name in `box`.
ROWS = (
    Row(ABSENT, "node4", "prevstud", "Previous studies", "Header: previous studies"),
    Row("previous_studies", "node5", "box1", "Studies included in previous version of review"),
    Row("previous_reports", ABSENT, "box1", "Reports of studies included in previous version of review"),
    Row(
        ABSENT,
        "node6",
        "newstud",
        "Identification of studies via databases and registers",
        "Header: databases and registers",
    ),
    Row("database_results", "node7", "box2", "Databases", "Records identified from all databases"),
    Row("database_specific_results", ABSENT, "box2", "Specific Databases", "Records identified from each database"),
    Row("register_results", ABSENT, "box2", "Registers", "Records identified from all registers"),
    Row("register_specific_results", ABSENT, "box2", "Specific Registers", "Records identified from each register"),
    Row(ABSENT, "node16", "othstud", "Identification of studies via other methods", "Header: other methods"),
    Row("website_results", "node17", "box11", "Websites", "Records identified from websites"),
    Row("organisation_results", ABSENT, "box11", "Organisations", "Records identified from organisations"),
    Row("citations_results", ABSENT, "box11", "Citation searching", "Records identified by citation searching"),
    Row("duplicates", "node8", "box3", "Duplicate records", "Duplicate records removed before screening"),
    Row("excluded_automatic", ABSENT, "box3", "Records marked as ineligible by automation tools"),
    Row("excluded_other", ABSENT, "box3", "Records removed for other reasons"),
    Row("records_screened", "node9", "box4", "Records screened"),
    Row("records_excluded", "node10", "box5", "Records excluded"),
    Row(
        "dbr_sought_reports",
        "node11",
        "box6",
        "Reports sought for retrieval",
        "Databases and registers: reports sought",
    ),
    Row(
        "dbr_notretrieved_reports",
        "node12",
        "box7",
        "Reports not retrieved",
        "Databases and registers: reports not retrieved",
    ),
    Row("other_sought_reports", "node18", "box12", "Reports sought for retrieval", "Other methods: reports sought"),
    Row(
        "other_notretrieved_reports", "node19", "box13", "Reports not retrieved", "Other methods: reports not retrieved"
    ),
    Row(
        "dbr_assessed",
        "node13",
        "box8",
        "Reports assessed for eligibility",
        "Databases and registers: reports assessed",
    ),
    Row("dbr_excluded", "node14", "box9", "Reports excluded", "Databases and registers: reports excluded, by reason"),
    Row("other_assessed", "node20", "box14", "Reports assessed for eligibility", "Other methods: reports assessed"),
    Row("other_excluded", "node21", "box15", "Reports excluded", "Other methods: reports excluded, by reason"),
    Row("new_studies", "node15", "box10", "Studies included in review"),
    Row("new_reports", ABSENT, "box10", "Reports of included studies"),
    Row("total_studies", "node22", "box16", "Total studies included in review"),
    Row("total_reports", ABSENT, "box16", "Reports of total included studies"),
    Row("identification", "node1", "identification", "Identification", "Bar: identification"),
    Row("screening", "node2", "screening", "Screening", "Bar: screening"),
    Row("included", "node3", "included", "Included", "Bar: included"),
    Row("total_studies_ma", "node23", "box17", "Total studies included in meta-analysis"),
    Row("total_reports_ma", ABSENT, "box17", "Reports of total included studies in meta-analysis"),
)
PREVIOUS_VERSION = frozenset({"box1", "box16"})
OTHER_METHODS = frozenset({"box11", "box12", "box13", "box14", "box15"})


def to_prisma2020_csv(counts: PrismaCounts, template: Template, links: Mapping[str, str] | None = None) -> str:
    """All rows the package expects; what is not reported, or not part of the template, is NA."""
    out = StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in ROWS:
        hidden = (not template.other_methods and row.box in OTHER_METHODS) or (
            not template.updated and row.box in PREVIOUS_VERSION
        )
        number = ABSENT if hidden else _number(getattr(counts, row.data, None))
        description = row.description or row.boxtext
        if row.data in counts.by_hand and not hidden:
            description += f" (entered by hand: {counts.by_hand[row.data]})"
        tooltip = ABSENT if row.node == ABSENT else description
        url = (links or {}).get(row.data, ABSENT)
        cells = (row.data, row.node, row.box, description, row.boxtext, tooltip, url, number)
        table.writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def guarded(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula; plain numbers stay as they are."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) and not cell.lstrip("-").isdigit() else cell


def _number(value: Count | Sources) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{_name(name)}, {n}" for name, n in value.items()) or ABSENT
    return ABSENT if value is None else str(value)


def _name(name: str) -> str:
    """The name without the comma and semicolon that part the list; the package knows no way to escape them."""
    plain = name.replace(", ", " – ").replace("; ", " – ").replace(",", "–").replace(";", "–")
    return " ".join(plain.split())
