"""Counts the PRISMA tests share: the published review's numbers and a crowded figure."""

from dataclasses import replace

from reviewapp.reporting.prisma.counts import PrismaCounts

SEED = PrismaCounts(
    database_results=1956,
    database_specific_results={
        "Scopus": 766,
        "PubMed": 220,
        "Cochrane Library": 121,
        "CINAHL": 313,
        "Web of Science": 536,
    },
    register_results=0,
    duplicates=1011,
    excluded_automatic=0,
    excluded_other=0,
    records_screened=945,
    records_excluded=909,
    dbr_sought_reports=36,
    dbr_notretrieved_reports=0,
    dbr_assessed=36,
    dbr_excluded={"Not reported in English": 5, "Insufficient data for extraction": 11},
    dbr_excluded_reports=16,
    new_studies=20,
    new_reports=20,
)
OTHER = replace(
    SEED,
    website_results=12,
    organisation_results=4,
    citations_results=31,
    other_sought_reports=19,
    other_notretrieved_reports=2,
    other_assessed=17,
    other_excluded={"Wrong population": 9, "Wrong design": 5},
    other_excluded_reports=14,
    new_studies=21,
    new_reports=23,
)
UPDATED = replace(SEED, previous_studies=12, previous_reports=1300, total_studies=32, total_reports=1320)
DATABASES = {
    "Scopus": 766, "PubMed": 220, "CINAHL Complete (EBSCOhost)": 313, "Web of Science Core Collection": 536,
    "MEDLINE ALL (Ovid), Epub Ahead of Print, In-Process and Other Non-Indexed Citations, Daily and Versions": 12345,
    "Embase (Elsevier)": 4021, "PsycINFO (ProQuest)": 812, "Кохрановская библиотека": 121, "LILACS": 45, "KoreaMed": 9,
    "Biblioteca Virtual em Saúde – Øst ≥ 2010": 77,
    "https://averyveryveryveryverylongdatabaseaddress.example.org/search/advanced/results": 3,
}  # fmt: skip
REASONS = {
    "Not available in the review's languages": 5,
    "Wrong publication type": 11,
    "Wrong population: participants without HIV, or results not told apart for people living with HIV": 23,
    "Wrong phenomenon of interest": 7,
    "Wrong design (no primary qualitative data)": 31,
    "Wrong perspective (providers or programme only)": 4,
    "Insufficient data; or methods": 8,
    "Duplicate report of an included study": 1,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft": 2,
}
CROWDED = replace(
    OTHER,
    database_results=sum(DATABASES.values()),
    database_specific_results=DATABASES,
    register_results=17,
    register_specific_results={"ClinicalTrials.gov": 12, "WHO ICTRP": 5},
    dbr_excluded=REASONS,
    dbr_excluded_reports=sum(REASONS.values()),
    dbr_notretrieved_reports=None,
    other_excluded=REASONS,
    other_excluded_reports=sum(REASONS.values()),
)
