"""The vocabulary of column headings: what databases and reference managers call each field in a table."""

from __future__ import annotations

import re

# Fields a person may map a column to, with the words a page shows. IGNORED is a column that is known and not used.
TABLE_FIELDS: dict[str, str] = {
    "title": "Title",
    "title_original": "Original title",
    "abstract": "Abstract",
    "authors": "Authors",
    "authors_full": "Authors, full names",
    "groups": "Authors, groups",
    "editors": "Editors",
    "translators": "Translators",
    "year": "Year",
    "date": "Date of publication",
    "journal": "Journal",
    "journal_abbr": "Journal, abbreviated",
    "volume": "Volume",
    "issue": "Issue",
    "pages": "Pages",
    "page_start": "First page",
    "page_end": "Last page",
    "article_no": "Article number",
    "doi": "DOI",
    "pmid": "PubMed id",
    "pmcid": "PubMed Central id",
    "serial": "ISSN or ISBN",
    "accession": "Accession number",
    "database": "Database",
    "trial_id": "Trial registration",
    "url": "Link",
    "keywords": "Keywords",
    "language": "Language",
    "place": "Place",
    "publisher": "Publisher",
    "type": "Type",
    "notes": "Notes",
    "retracted": "Retracted (yes or no)",
    "status": "Status (retracted, erratum)",
    "orcids": "ORCID iDs, as Name/iD",
    "source": "Source (as one text)",
}
IGNORED = "ignored"

_HEADINGS: dict[str, str] = {
    "title": "title|article title|document title|title primary|display name|primary title|publication title text|titles|"
    "reference title|study title|record title|english title|ti|t1|item title|name of publication|brief title",
    "title_original": "original title|original foreign title|translated title|vernacular title|foreign title|tt",
    "abstract": "abstract|abstract note|abstracts|abstract text|summary|ab|description|abstract english|notes abstract|n2",
    "authors": "author|authors|author s|author names|authors primary|first authors|au|creator|creators|author list|"
    "article authors|by|authorships author display name|authorships raw author name|primary authors|authors list",
    "authors_full": "author full names|full author names|authors full names|af|author full name",
    "editors": "editor|be|editors|authors secondary|secondary authors|book editors|conference editors",
    "translators": "translator|translators",
    "groups": "ca|group authors|corporate author|corporate authors",
    "year": "year|publication year|published year|pub year|pubyear|py|date published year|year of publication|"
    "year published|publication date year|published",
    "date": "date|ea|publication date|date published|date of publication|pub date|cover date|da|dp|online date|"
    "date created|issue date",
    "journal": "journal|journal title|source title|publication title|journal book|periodical full|publication|"
    "journal name|secondary title|full journal title|container title|book title|source name|periodical|"
    "primary location source display name|jt|jf|t2|host publication|publication name|anthology title|booktitle|published in|venue|so",
    "journal_abbr": "journal abbreviation|abbreviated source title|periodical abbrev|journal abbr|iso abbreviation|ji|"
    "abbreviated journal|ja|j2|journal iso abbreviation|short journal title",
    "volume": "volume|vl|vol|biblio volume|volume number|journal volume|volume no",
    "issue": "issue|issue number|number|is|biblio issue|ip|iss|issue no|journal issue",
    "pages": "pages|page range|page|page s|pagination|page numbers|pp",
    "page_start": "start page|startpage|page start|first page|beginning page|sp|bp|biblio first page|starting page|page from",
    "page_end": "end page|endpage|page end|last page|ending page|ep|biblio last page|other pages",
    "article_no": "art no|ar|article number|article no|articleno|article id",
    "doi": "doi|item doi|digital object identifier|doi link|ids doi|do|di|doi number|article doi",
    "pmid": "pmid|pubmed id|medline pmid|pubmedid|pubmed|ids pmid|pubmed pmid|pm|pubmed number",
    "pmcid": "pmcid|pmc id|pmc|ids pmcid|pubmed central id",
    "serial": "issn|isbn|issns|isbns|issn isbn|eissn|e issn|print issn|electronic issn|online issn|sn|ei|bn|eisbn|"
    "primary location source issn|primary location source issn l|issn online|issn print",
    "accession": "accession number|accession no|embase accession id|central id|eid|pui|lens id|ut|ut unique wos id|"
    "unique id|covidence|ids openalex|openalex id|eric number|an|cochrane id|wos id|unique wos id|medline ui|ui",
    "database": "database|database name|library catalog|sub file database|name of database|db|database provider|"
    "data source|search engine|provider",
    "trial_id": "clinical trial numbers|clinical trial number|trial registration|nct number|trial id|registration number|"
    "clinicaltrials gov id|trial registration number|ctgov id|ictrp id|nct id",
    "url": "url|articleurl|fulltexturl|dimensions url|link|links|urls|plink|external url|source urls|article url|open url link|full text link|ur|html link|"
    "pdf link|embase link|weblink|permalink|primary location landing page url|full text url|web link|pdf url",
    "keywords": "keywords|inspec controlled terms|author keywords|index keywords|subjects|mesh terms|mesh|manual tags|automatic tags|de|id|"
    "keywords plus|emtree medical index terms|emtree drug index terms|emtree medical index terms major focus|"
    "emtree drug index terms major focus|fields of study|keyword|subject|subject terms|descriptors|indexing terms|kw|"
    "keywords display name|ieee terms|major subjects|minor subjects|keyword s|mesh headings|thesaurus terms|identifiers",
    "language": "language|article language|language of original document|output language|la|languages|"
    "language of publication",
    "place": "place|pi|publisher loc|place of publication|place published|country|source country|publisher location|pl|cy|location|"
    "country of publication",
    "publisher": "publisher|book publisher|pb|publisher name|pu",
    "type": "type|document identifier|document type|publication type|reference type|item type|doctype|type of reference|dt|pt|type of work|"
    "publication types|content type|entry type|ty|record type",
    "notes": "notes|note|general notes|extra|personal notes|comments|user notes|remarks|n1",
    "retracted": "is retracted|retracted",
    "status": "publication status",
    "orcids": "orcid|orcids|oi|orcid numbers",
    "source": "citation|source|bibliographic citation|reference|full citation|so source",
}
_KNOWN_UNUSED = (
    "author s id|author ids|authors with affiliations|affiliations|author addresses|correspondence address|cited by|"
    "page count|num pages|references|funding|funding details|funding texts|chemicals|chemicals cas|tradenames|"
    "manufacturers|coden|open access|publication stage|sponsors|conference name|conference date|conference location|"
    "conference code|molecular sequence numbers|first author|create date|nihms id|citing works count|"
    "citing patents count|is open access|open access license|open access colour|rank|times cited|microsoft academic id|key|date added|date modified|access date|day|month|published month|"
    "tags|study|ref|number of volumes|short title|series|series number|series text|series title|rights|archive|"
    "archive location|call number|file attachments|link attachments|embase id|cinahl id|cochrane review group code|"
    "original abstract|copyright|author address|reference id|internal id|source id|article url id|gs rank|"
    "pub month day|user 1|user 2|user 3|user 4|user 5|label included|included|label|record id|cites|citesurl|"
    "drug tradenames|drug manufacturer|device tradenames|device manufacturer|cas registry numbers|embase classification|"
    "aip ip entry date|full record entry date|summary language|edition|version"
)

_VOCABULARY = {
    heading: name for name, headings in _HEADINGS.items() for heading in headings.split("|")
} | dict.fromkeys(_KNOWN_UNUSED.split("|"), IGNORED)
_NOT_A_LETTER = re.compile(r"[\W_]+")
# Words that begin a table of references even when they stand alone.
TELLING = frozenset(("title", "abstract", "authors", "authors_full", "doi", "pmid", "journal", "accession"))


def normal_heading(heading: str) -> str:
    """The heading in small letters, with single blanks in place of everything that is no letter or digit."""
    return _NOT_A_LETTER.sub(" ", heading.casefold()).strip()


def field_of(heading: str) -> str:
    """The field a heading stands for, IGNORED, or "" when the vocabulary does not know it."""
    return _VOCABULARY.get(normal_heading(heading), "")


def fields_of(headings: list[str]) -> list[str]:
    """The field of each column; what a heading means may depend on its neighbours."""
    found = [field_of(heading) for heading in headings]
    names = [normal_heading(heading) for heading in headings]
    if "eid" in names and "source" in names:
        found[names.index("source")] = "database"  # Scopus
    elif "central id" in names and "source" in names:
        found[names.index("source")] = "journal"  # Cochrane Library
    # "id" holds keywords only beside Web of Science's two-letter tags.
    if "id" in names and "accession" not in found and not {"de", "ut"} & set(names):
        found[names.index("id")] = "accession"
    return found
