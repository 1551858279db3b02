"""PubMed XML: articles and book chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from screening.formats.base import Head, ParsedReference, Person, Reader
from screening.formats.markup import leaves, records, text_of
from screening.formats.source import Source
from screening.formats.tagged import count_and_yield
from screening.formats.values import (
    abstract_of,
    affiliations_in,
    clean,
    date_of,
    distinct,
    doi_in,
    keywords_in,
    pages_of,
    serials_in,
    status_of,
    title_of,
    trial_ids_in,
    type_in,
    type_of,
)

_BEGINS = re.compile(r"<(?:PubmedArticleSet|PubmedArticle|PubmedBookArticle|MedlineCitation)[\s>]")
_ORCID = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])")


def detect(head: Head) -> float:
    """Sure with PubMed's element names."""
    return 0.98 if _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each article or book entry."""
    whole = b"<PubmedArticle" in source.data or b"<PubmedBookArticle" in source.data or b"\x00" in source.data
    # Files of before 2004, and some tools, have the citation without its frame.
    found = records(source, *(("PubmedArticle", "PubmedBookArticle") if whole else ("MedlineCitation",)))
    return count_and_yield(source, ((_reference(line, raw, one), repairs) for line, raw, one, repairs in found))


def _reference(line: int, raw: str, record: Element) -> ParsedReference:
    def get(*paths: str) -> str:
        return next((text for path in paths if (text := text_of(record.find(path)))), "")

    types = [text_of(element) for element in record.iter("PublicationType")]
    reference = ParsedReference(0, line, raw, list(leaves(record)), type_raw=" · ".join(types))
    reference.title = title_of(get(".//ArticleTitle", ".//Book/BookTitle", ".//VernacularTitle").strip("[]"))
    reference.title_original = title_of(get(".//VernacularTitle"))
    reference.abstract = _abstract(record)
    reference.year, reference.date_text = _date(record)
    book = clean(get(".//Book/BookTitle"))
    reference.journal = clean(get(".//Journal/Title", ".//MedlineTA")) or (book if book != reference.title else "")
    reference.journal_abbr = clean(get(".//Journal/ISOAbbreviation", ".//MedlineTA"))
    reference.volume, reference.issue = clean(get(".//JournalIssue/Volume")), clean(get(".//JournalIssue/Issue"))
    reference.pages = pages_of(get(".//MedlinePgn")) or pages_of(get(".//StartPage"), get(".//EndPage"))
    reference.issns, reference.isbns = serials_in(
        text_of(e) for name in ("ISSN", "ISSNLinking", "Isbn") for e in record.iter(name)
    )
    reference.keywords = keywords_in([*_headings(record), *(text_of(word) for word in record.iter("Keyword"))])
    reference.language, reference.place = (
        clean(get(".//Language")),
        clean(get(".//MedlineJournalInfo/Country", ".//PublisherLocation")),
    )
    reference.publisher = clean(get(".//PublisherName"))
    reference.affiliations = affiliations_in(text_of(place).replace("\n", " ") for place in record.iter("Affiliation"))
    reference.people = list(_people(record))
    reference.trial_ids = trial_ids_in(raw)
    _set_identifiers(reference, record)
    kinds = [type_in(kind) for kind in types]
    best = next(
        (kind for kind in ("preprint", "thesis", "conference", "journal-article", "report") if kind in kinds),
        "journal-article",
    )
    if record.tag == "PubmedBookArticle":
        best = "chapter" if record.find(".//ArticleTitle") is not None else "book"
    reference.type = type_of(best, reference.journal)
    reference.status = status_of(reference.title, f"{reference.type_raw} {_said_of(record)}", reference.type)
    return reference


def _said_of(record: Element) -> str:
    """What links to other entries tell: "RetractionIn" stands with the retracted text itself, "ErratumFor" with the correction."""
    links = {link.get("RefType") for link in record.iter("CommentsCorrections")}
    return " ".join(
        words for kind, words in (("RetractionIn", "retracted"), ("ErratumFor", "erratum")) if kind in links
    )


def _abstract(record: Element) -> str:
    parts = []
    for element in record.findall(".//Abstract/AbstractText"):
        label = element.get("Label", "")
        text = text_of(element)
        parts.append(f"{label}: {text}" if label and text else text)
    own = abstract_of("\n".join(filter(None, parts)))
    return own or abstract_of(
        "\n".join(text_of(element) for element in record.findall(".//OtherAbstract/AbstractText"))
    )


def _date(record: Element) -> tuple[int | None, str]:
    for path in (".//JournalIssue/PubDate", ".//Book/PubDate", ".//ArticleDate", ".//ContributionDate"):
        element = record.find(path)
        if element is not None:
            year, text = date_of([" ".join(filter(None, (text_of(part) for part in element)))])
            if year:
                return year, text
    return None, ""


def _headings(record: Element) -> list[str]:
    found = []
    for heading in record.iter("MeshHeading"):
        name = text_of(heading.find("DescriptorName"))
        qualifiers = [text_of(qualifier) for qualifier in heading.findall("QualifierName")]
        found.append("/".join([name, *qualifiers]))
    return found


def _set_identifiers(reference: ParsedReference, record: Element) -> None:
    # Only the record's own numbers: the list of references carries those of others.
    own = record.findall("PubmedData/ArticleIdList/ArticleId") + record.findall(
        "PubmedBookData/ArticleIdList/ArticleId"
    )
    ids = {element.get("IdType", ""): text_of(element) for element in own}
    locations = {e.get("EIdType", ""): text_of(e) for e in record.iter("ELocationID")}
    reference.doi = doi_in(ids.get("doi", "")) or doi_in(locations.get("doi", ""))
    reference.pmid = (
        text_of(record.find("MedlineCitation/PMID"))
        or text_of(record.find("PMID"))
        or text_of(record.find("BookDocument/PMID"))
        or ids.get("pubmed", "")
    )
    reference.pmcid = ids.get("pmc", "").upper()
    reference.accession, reference.database = reference.pmid, "PubMed"
    numbers = [text_of(element) for element in record.iter("AccessionNumber")]
    reference.trial_ids = distinct(
        [*reference.trial_ids, *(number for text in numbers for number in trial_ids_in(text))]
    )


def _people(record: Element) -> Iterator[Person]:
    for names in record.iter("AuthorList"):
        role = "editor" if names.get("Type") == "editors" else "author"
        for name in names.findall("Author"):
            literal = clean(text_of(name.find("CollectiveName")))
            family = clean(text_of(name.find("LastName")))
            given = clean(text_of(name.find("ForeName")) or text_of(name.find("Initials")))
            orcids = (_ORCID.search(text_of(i)) for i in name.findall("Identifier") if i.get("Source") == "ORCID")
            orcid = next(("-".join(found.groups()) for found in orcids if found), "")
            if family or literal:
                yield Person(family, given, "" if family else literal, role, orcid)


READER = Reader(name="pubmed-xml", label="PubMed XML", extensions=(".xml",), detect=detect, parse=parse)
