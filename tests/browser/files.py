"""Three small exports for the story, in the forms their databases give. Twelve references of eight reports, all made up.

A, B and C are in two files each (3 certain duplicates); E is in two as well, but told so differently that a person must say.
"""

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

TITLES = {
    "A": "Walking together: a qualitative study of peer support groups for adults living with HIV in Kampala",
    "B": "What members expect of a support group and what keeps them coming: interviews in two clinics",
    "C": "Disclosure in company: focus groups on stigma among members of community support groups",
    "D": "Viral load monitoring at point of care: a randomised controlled trial in rural clinics",
    "E": "Sitting in a circle: how young mothers talk about medicines in a support group",
    "F": "Trained peers at the clinic door: experiences of newly diagnosed patients and their families",
    "G": "Online groups after diagnosis: a narrative study of belonging and distance",
    "H": "Elders as companions: a grounded theory of support between generations",
}
ABSTRACT = (
    "BACKGROUND: Support groups are common, and little is known of how members of group {key} live with them. "
    "METHODS: {n} in-depth interviews were held and read by two people. "
    "FINDINGS: Members of group {key} spoke of hope, of practical help and of the fear of being seen. "
    "CONCLUSIONS: Groups hold where they meet {place}."
)
PLACES = {"A": "at dusk", "B": "weekly", "C": "in private rooms", "D": "rarely", "E": "near the well", "F": "often"}


def abstract_of(key: str) -> str:
    return ABSTRACT.format(key=key, n=10 + 3 * "ABCDEFGH".index(key), place=PLACES.get(key, "where people are known"))


def _ris(key: str, authors: list[str], year: int, journal: str, volume: str, pages: tuple[str, str], doi: str) -> str:
    lines = ["TY  - JOUR", *(f"AU  - {author}" for author in authors), f"TI  - {TITLES[key]}", f"PY  - {year}"]
    lines += [f"T2  - {journal}", f"VL  - {volume}", "IS  - 2", f"SP  - {pages[0]}", f"EP  - {pages[1]}"]
    lines += [f"AB  - {abstract_of(key)}", *([f"DO  - {doi}"] if doi else []), "LA  - English", "ER  - ", ""]
    return "\r\n".join(lines)


SCOPUS_RIS = "\r\n".join(
    [
        _ris(
            "A", ["Okello, T.", "Berg, R."], 2021, "Journal of Peer Care", "14", ("101", "115"), "10.5555/jpc.2021.101"
        ),
        _ris("B", ["Silva, M.", "Costa, P."], 2020, "Journal of Peer Care", "13", ("33", "47"), "10.5555/jpc.2020.33"),
        _ris("C", ["Haddad, L.", "Nowak, J."], 2019, "Health and Company", "8", ("210", "226"), "10.5555/hac.2019.210"),
        _ris("D", ["Mbeki, S.", "Roy, A."], 2022, "Trials in Clinics", "3", ("1001", "1009"), "10.5555/tic.2022.1001"),
        _ris("E", ["Achieng, D.", "Lund, K."], 2018, "Talk and Medicine", "5", ("71", "84"), ""),
    ]
)


def _nbib(key: str, pmid: int, authors: list[tuple[str, str]], year: int, place: str, pages: str, doi: str) -> str:
    names = [line for full, short in authors for line in (f"FAU - {full}", f"AU  - {short}")]
    head = [f"PMID- {pmid}", "OWN - NLM", "STAT- MEDLINE", f"DP  - {year} Mar", f"TI  - {TITLES[key]}."]
    rest = [f"PG  - {pages}", f"LID - {doi} [doi]", f"AB  - {abstract_of(key)}", "LA  - eng", "PT  - Journal Article"]
    volume, title = place.split(" ", 1)
    return "\n".join([*head, *rest, *names, f"VI  - {volume}", "IP  - 2", f"JT  - {title}", f"AID - {doi} [doi]", ""])


PUBMED_NBIB = "\n".join(
    [
        _nbib("A", 34000001, [("Okello, Tom", "Okello T"), ("Berg, Rita", "Berg R")], 2021, "14 Journal of peer care", "101-15", "10.5555/jpc.2021.101"),
        _nbib("B", 34000002, [("Silva, Maria", "Silva M"), ("Costa, Paulo", "Costa P")], 2020, "13 Journal of peer care", "33-47", "10.5555/jpc.2020.33"),
        _nbib("F", 34000003, [("Tran, Linh", "Tran L"), ("Weiss, Ute", "Weiss U")], 2023, "2 Clinic and family", "12-25", "10.5555/caf.2023.12"),
        _nbib("G", 34000004, [("Ferrari, Luca", "Ferrari L")], 2022, "9 Belonging", "300-19", "10.5555/bel.2022.300"),
    ]
)  # fmt: skip


def _row(key: str, title: str, authors: str, year: int, source: str, volume: str, pages: str, doi: str) -> str:
    cells = (title, authors, str(year), source, volume, "2", pages, doi, abstract_of(key) if key != "E" else "")
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


CINAHL_CSV = "\n".join(
    [
        '"Title","Authors","Year","Source title","Volume","Issue","Pages","DOI","Abstract"',
        _row("C", TITLES["C"], "Haddad, L.; Nowak, J.", 2019, "Health and Company", "8", "210-226", "10.5555/hac.2019.210"),
        _row("E", "Sitting in a circle: how young mothers talk of medicines in support groups", "Achieng, D.", 2019, "Talk & Medicine", "", "", ""),
        _row("H", TITLES["H"], "Yilmaz, E.; Petrov, I.", 2017, "Generations", "21", "55-70", "10.5555/gen.2017.55"),
    ]
)  # fmt: skip

FILES = {
    "Scopus": ("scopus.ris", SCOPUS_RIS, 5),
    "PubMed": ("pubmed.nbib", PUBMED_NBIB, 4),
    "CINAHL": ("cinahl.csv", CINAHL_CSV, 3),
}


def key_of(title: str) -> str:
    """Which report a title on a page is of."""
    beginnings = {title[:20].casefold(): key for key, title in TITLES.items()}
    return beginnings[title.strip()[:20].casefold()]


def pdf(words: str) -> bytes:
    """A PDF of two pages that says the words."""
    file = BytesIO()
    canvas = Canvas(file)
    for page in (1, 2):
        canvas.drawString(72, 720, f"{words}, page {page}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()
