"""Export files as the databases write them: Scopus, PubMed, Cochrane Library, CINAHL on EBSCOhost, Web of Science."""

import textwrap
from collections.abc import Callable, Iterable, Sequence

from reviewapp.demo.versions import Version
from reviewapp.demo.works import Author, Work

Line = tuple[str, str]

BOM = "\ufeff"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MEDLINE_LANGUAGES = {
    "English": "eng",
    "Spanish": "spa",
    "Portuguese": "por",
    "French": "fre",
    "Chinese": "chi",
    "Arabic": "ara",
}
RIS_TYPES = {"conference": "CONF", "registration": "JOUR", "editorial": "JOUR", "preprint": "JOUR", "erratum": "JOUR"}
EXAMPLE_HOST = "https://demo.example"
EBSCO_NOTICE = (
    "Copyright of {journal} is the property of {publisher} and its content may not be copied or emailed to multiple sites "
    "without the copyright holder's express written permission. However, users may print, download, or email records for individual use."
)


def file_of(database: str, versions: Sequence[Version]) -> bytes:
    """The file with these references in this order."""
    return WRITERS[database](versions).encode("utf-8")


# --- Forms that several dialects share --------------------------------------------------------------------------------


def _named(author: Author, given: str) -> str:
    """A person with a comma, a group without."""
    return f"{author.family}, {given}" if given else author.family


def spaced_initials(author: Author) -> str:
    return _named(author, "".join(f"{letter}." for letter in author.initials))


def short_name(author: Author) -> str:
    return _named(author, author.initials)


def full_name(author: Author) -> str:
    return _named(author, author.given)


def abstract_text(version: Version, heading: Callable[[str], str]) -> str:
    """The sections in one line, each after its heading if it has one."""
    return " ".join(f"{heading(title)} {text}" if title else text for title, text in version.abstract)


def short_range(first: str, last: str) -> str:
    """Pages as MEDLINE shortens them: 783-91 for 783 to 791."""
    if not last:
        return first
    same = 0
    while same < len(first) - 1 and len(first) == len(last) and first[same] == last[same]:
        same += 1
    return f"{first}-{last[same:]}"


def optional(*lines: Line) -> list[Line]:
    """Only the lines that say something."""
    return [(tag, value) for tag, value in lines if value]


def ris_type(work: Work) -> str:
    return RIS_TYPES.get(work.kind, "JOUR")


def note_of(version: Version) -> str:
    return f"{version.work.note} ({version.work.id})"


def ris(records: Iterable[Sequence[Line]], gap: str = "  - ", newline: str = "\n") -> str:
    """Records with their tags, a blank line between them."""
    return newline.join(
        f"{newline.join(tag + gap + value for tag, value in lines)}{newline}ER{gap}{newline}" for lines in records
    )


# --- Scopus -----------------------------------------------------------------------------------------------------------


def scopus(versions: Sequence[Version]) -> str:
    return BOM + ris(_scopus_record(version) for version in versions)


def _scopus_record(version: Version) -> list[Line]:
    work = version.work
    title = f"{version.title}; [{version.title_original}]" if version.title_original else version.title
    text = " ".join(part for part in (abstract_text(version, lambda heading: f"{heading}:"), version.copyright) if part)
    kind = {
        "conference": "Conference paper",
        "editorial": "Editorial",
        "erratum": "Erratum",
        "preprint": "Preprint",
    }.get(work.kind, "Article")
    return [
        ("TY", ris_type(work)),
        *(("AU", spaced_initials(author)) for author in version.authors),
        *([("AU", "et al.")] if version.et_al and not work.simulated else []),
        ("TI", title),
        ("PY", str(version.year)),
        *optional(("T2", work.journal.name), ("VL", version.volume), ("IS", version.issue), ("C7", version.article_no)),
        *optional(("SP", version.first_page), ("EP", version.last_page), ("DO", version.doi)),
        ("UR", f"{EXAMPLE_HOST}/scopus/record?eid=2-s2.0-SIM{work.number}"),
        *optional(("AB", text)),
        *(("KW", word) for word in work.keywords),
        *optional(
            ("PB", work.journal.publisher),
            ("SN", f"{work.journal.issn.replace('-', '')} (ISSN)" if work.journal.issn else ""),
        ),
        *optional(("C2", version.pmid), ("LA", work.language), ("J2", _dotted(work.journal.abbr))),
        ("M3", kind),
        ("DB", "Scopus"),
        ("N1", f"Export Date: 06 January 2025; {note_of(version)}"),
    ]


def _dotted(abbreviation: str) -> str:
    """Abbreviated words with full stops, as Scopus prints them."""
    return " ".join(
        f"{word}." if word.islower() or (word.istitle() and len(word) < 6) else word for word in abbreviation.split()
    )


# --- PubMed -----------------------------------------------------------------------------------------------------------


def pubmed(versions: Sequence[Version]) -> str:
    return "\r\n".join("".join(f"{line}\r\n" for line in _wrapped(_pubmed_record(version))) for version in versions)


def _wrapped(lines: Iterable[Line]) -> Iterable[str]:
    """MEDLINE lines: a tag of four letters, continuation lines indented by six."""
    for tag, value in lines:
        pieces = textwrap.wrap(value, width=84, break_long_words=False, break_on_hyphens=False) or [""]
        yield f"{tag:<4}- {pieces[0]}"
        yield from (f"      {piece}" for piece in pieces[1:])


def _pubmed_record(version: Version) -> list[Line]:
    work = version.work
    title = f"[{version.title.rstrip('.')}]." if version.title_original else version.title
    return [
        ("PMID", version.pmid),
        ("OWN", "NLM"),
        ("STAT", "MEDLINE"),
        *optional(
            ("IS", f"{work.journal.issn} (Linking)" if work.journal.issn else ""),
            ("VI", version.volume),
            ("IP", version.issue),
        ),
        ("DP", _medline_date(version)),
        ("TI", title),
        *optional(("PG", short_range(version.first_page, version.last_page) or version.article_no)),
        *optional(("LID", f"{version.doi} [doi]" if version.doi else "")),
        *optional(("AB", abstract_text(version, lambda heading: f"{heading.upper()}:")), ("CI", version.copyright)),
        *(
            line
            for author in version.authors
            for line in (("FAU", full_name(author)), ("AU", f"{author.family} {author.initials}"))
        ),
        ("LA", MEDLINE_LANGUAGES[work.language]),
        ("PT", {"editorial": "Editorial", "erratum": "Published Erratum"}.get(work.kind, "Journal Article")),
        *optional(("TT", version.title_original)),
        *optional(("TA", work.journal.abbr), ("JT", work.journal.name)),
        *(("OT", word) for word in work.keywords),
        ("GN", f"NLM: {note_of(version)}."),
        *optional(("AID", f"{version.doi} [doi]" if version.doi else "")),
        ("SO", _source_line(version)),
    ]


def _medline_date(version: Version) -> str:
    return f"{version.year} {MONTHS[version.work.month - 1]}" if version.work.month else str(version.year)


def _source_line(version: Version) -> str:
    pages = short_range(version.first_page, version.last_page) or version.article_no
    issue = f"({version.issue})" if version.issue else ""
    return f"{version.work.journal.abbr}. {_medline_date(version)};{version.volume}{issue}:{pages}."


# --- Cochrane Library -------------------------------------------------------------------------------------------------


def cochrane(versions: Sequence[Version]) -> str:
    return "\n\n".join(
        _cochrane_record(version, number, len(versions)) for number, version in enumerate(versions, start=1)
    )


def _cochrane_record(version: Version, number: int, total: int) -> str:
    """One record after the three lines that the library puts before each; two spaces follow the hyphen."""
    work = version.work
    registered = work.kind == "registration"
    pages = (
        f"{version.first_page}‐{version.last_page}" if version.last_page else version.first_page or version.article_no
    )
    lines = [
        ("TY", ris_type(work)),
        ("AN", f"CN-SIM{work.number}"),
        *(("AU", short_name(author)) for author in version.authors),
        *([("AU", "et al.")] if version.et_al else []),
        ("TI", version.title),
        ("JA", f"https://clinicaltrials.gov/show/{trial_number(work)}" if registered else work.journal.name),
        ("PY", str(version.year)),
        *optional(("VL", version.volume), ("IS", version.issue), ("SP", pages)),
        *optional(("C3", f"PUBMED {version.pmid}" if version.pmid else "")),
        ("M3", "Trial registry record" if registered else "Journal article"),
        *(("KW", word) for word in work.keywords),
        *optional(("DO", version.doi), ("AB", abstract_text(version, lambda heading: f"{heading.upper()}:"))),
        ("N1", note_of(version)),
        ("UR", f"{EXAMPLE_HOST}/cochrane/central/CN-SIM{work.number}"),
    ]
    preamble = (
        f'Record #{number} of {total}\nProvider: John Wiley & Sons, Ltd.\nContent: text/plain; charset="UTF-8"\n\n'
    )
    return preamble + ris([lines], gap="  -  ")


def trial_number(work: Work) -> str:
    """A registration number that no register has given out."""
    digits = "".join(letter for letter in work.number if letter.isdigit())
    return f"NCT99{digits:0>6}"


# --- CINAHL -----------------------------------------------------------------------------------------------------------


def cinahl(versions: Sequence[Version]) -> str:
    return ris((_cinahl_record(version) for version in versions), newline="\r\n")


def _cinahl_record(version: Version) -> list[Line]:
    work = version.work
    notice = (
        EBSCO_NOTICE.format(journal=work.journal.name, publisher=work.journal.publisher or "its publisher")
        if version.copyright
        else ""
    )
    medline = f"PMID: NLM{version.pmid}; " if version.pmid else ""
    return [
        ("TY", ris_type(work)),
        *(("AU", full_name(author)) for author in version.authors),
        ("T1", version.title),
        ("JO", work.journal.name),
        ("JF", work.journal.name),
        ("Y1", f"{version.year}/{work.month:02d}//" if work.month else f"{version.year}///"),
        *optional(("VL", version.volume), ("IS", version.issue)),
        ("M3", "Article"),
        *optional(("SP", version.first_page or version.article_no), ("EP", version.last_page)),
        *optional(("PB", work.journal.publisher), ("SN", (work.journal.issn or "").replace("-", ""))),
        *optional(("AB", abstract_text(version, lambda heading: f"{heading}:")), ("AB", notice)),
        *(("KW", word.upper() if number % 3 == 0 else word.capitalize()) for number, word in enumerate(work.keywords)),
        ("N1", f"Accession Number: SIM{work.number}; {medline}{note_of(version)}"),
        *optional(("L3", version.doi)),
        ("UR", f"{EXAMPLE_HOST}/ebsco/login.aspx?direct=true&db=ccm&AN=SIM{work.number}&site=ehost-live"),
        ("DP", "EBSCOhost"),
        ("DB", "ccm"),
    ]


# --- Web of Science ---------------------------------------------------------------------------------------------------


def web_of_science(versions: Sequence[Version]) -> str:
    return BOM + ris(_wos_record(version) for version in versions)


def _wos_record(version: Version) -> list[Line]:
    work = version.work
    between = "\n   " if version.abstract and version.abstract[0][0] else " "
    text = between.join(f"{heading}: {section}" if heading else section for heading, section in version.abstract)
    return [
        ("TY", "CPAPER" if work.kind == "conference" else "JOUR"),
        *(("AU", short_name(author)) for author in version.authors),
        ("TI", version.title),
        ("T2", work.journal.name.upper()),
        ("LA", work.language),
        *(("KW", word.upper() if number > 2 else word) for number, word in enumerate(work.keywords)),
        *optional(("AB", text), ("PU", work.journal.publisher.upper()), ("SN", work.journal.issn or "")),
        *optional(("J9", work.journal.abbr.upper()), ("JI", _dotted(work.journal.abbr))),
        *optional(("DA", MONTHS[work.month - 1].upper() if work.month else "")),
        ("PY", str(version.year)),
        *optional(("VL", version.volume), ("IS", version.issue), ("SP", version.first_page), ("EP", version.last_page)),
        *optional(("C7", version.article_no), ("DO", version.doi)),
        ("WE", "Social Science Citation Index (SSCI)"),
        ("AN", f"WOS:SIM{work.number}"),
        ("N1", f"Exported for a review\n{note_of(version)}"),
    ]


WRITERS: dict[str, Callable[[Sequence[Version]], str]] = {
    "S": scopus,
    "P": pubmed,
    "C": cochrane,
    "N": cinahl,
    "W": web_of_science,
}
