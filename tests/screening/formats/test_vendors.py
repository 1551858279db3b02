"""One invented entry in the dialect of each vendor and tool, and what it must yield. The pitfalls have tests of their own."""

from typing import Any

import pytest

from screening.formats import ParsedReference
from tests.screening.formats.helpers import causes, only, parsed

# What every entry says, in whatever words; each case adds what only this vendor tells, and where.
COMMON = {
    "title": "Walking groups in winter: an interview study", "year": 2021, "journal": "Journal of Invented Care",
    "volume": "12", "issue": "3", "pages": "101-118", "doi": "10.1234/jic.7", "type": "journal-article",
}  # fmt: skip

DIALECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Scopus": (
        "TY  - JOUR\nTI  - Walking groups in winter: an interview study\nT2  - Journal of Invented Care\nVL  - 12\nIS  - 3\n"
        "SP  - 101\nEP  - 118\nPY  - 2021\nDO  - 10.1234/jic.7\nSN  - 20493630 (ISSN)\nAU  - Aaltonen, M.\nAU  - Brede, J.-O.\n"
        "AB  - People spoke of snow.\nKW  - snow\nKW  - walking\nC2  - 30000001\nLA  - English\nJ2  - J. Invent. Care\nM3  - Article\n"
        "DB  - Scopus\nUR  - https://www.scopus.com/inward/record.uri?eid=2-s2.0-85000000001&doi=10.1234%2fjic.7\nN1  - Export Date: 2 May 2024\nER  -\n\n",
        {"pmid": "30000001", "accession": "2-s2.0-85000000001", "database": "Scopus", "issns": ["2049-3630"], "keywords": ["snow", "walking"]},
    ),
    "EBSCO (CINAHL)": (
        "TY  - JOUR\nID  - 149000001\nT1  - Walking groups in winter: an interview study.\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\n"
        "Y1  - 2021/03//\nN2  - \nAB  - People spoke of snow.\nAB  - Copyright of Journal of Invented Care is the property of Nobody.\n"
        "JF  - Journal of Invented Care\nJO  - Journal of Invented Care\nJA  - J INVENT CARE\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\n"
        "SN  - 2049-3630\nN1  - Accession Number: 149000001. NLM30000001.\nL3  - 10.1234/jic.7\nUR  - https://search.ebscohost.com/login.aspx?db=ccm&AN=149000001\nDP  - EBSCOhost\nDB  - ccm\nER  - \n\n",
        {"pmid": "30000001", "accession": "149000001", "abstract": "People spoke of snow."},
    ),
    "Ovid": (
        "1.\nTY  - JOUR\nDB  - Ovid MEDLINE(R) ALL\nAN  - 30000001\nID  - 30000001\nT1  - Walking groups in winter: an interview study. [Review]\nA1  - Aaltonen, Maija\nA1  - Brede, Jens-Ole\n"
        "Y1  - 2021//\nN2  - People spoke of snow.\nKW  - *Walking\nKW  - Snow\nJF  - Journal of Invented Care\nJA  - J Invent Care\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\nCY  - Finland\n"
        "DO  - https://dx.doi.org/10.1234/jic.7\nER  - \n\nLink to the Ovid Full Text or citation:\nhttp://ovidsp.example/a?b=c\n\n",
        {"title": "Walking groups in winter: an interview study. [Review]", "pmid": "30000001", "keywords": ["Walking", "Snow"], "place": "Finland"},
    ),
    "Cochrane (CENTRAL)": (
        "Record #1 of 1\nProvider: John Wiley & Sons, Ltd.\nContent: text/plain; charset=\"UTF-8\"\n\nTY  -  JOUR\nAN  -  CN-02000001\nAU  -  Aaltonen, M\nAU  -  Brede, JO\n"
        "TI  -  Walking groups in winter: an interview study\nJA  -  Journal of Invented Care\nPY  -  2021\nVL  -  12\nIS  -  3\nSP  -  101\nEP  -  118\nC3  -  PUBMED 30000001,EMBASE 2010000001\n"
        "M3  -  Journal article\nDO  -  10.1234/jic.7\nAB  -  People spoke of snow.\nUR  -  https://www.cochranelibrary.com/central/doi/10.1002/central/CN-02000001/full\nER  -  \n\n",
        {"accession": "CN-02000001", "pmid": "30000001", "database": "Cochrane Central Register of Controlled Trials"},
    ),
    "ProQuest": (
        "TY  - JOUR\nT1  - Walking groups in winter: an interview study\nAN  - 2500000001; 30000001\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\nAB  - People spoke of snow.\nJF  - Journal of Invented Care\n"
        "JA  - J Invent Care\nY1  - 2021/03/15/\nPY  - 2021\nDA  - 2021 Mar 15\nSP  - 101\nEP  - 118\nVL  - 12\nIS  - 3\nCY  - Turku\nPB  - Nobody\nSN  - 2049-3630\nDO  - https://doi.org/10.1234/jic.7\n"
        "LA  - English\nDB  - Invented Abstracts\nER  - \n\n",
        {"place": "Turku", "publisher": "Nobody", "database": "Invented Abstracts", "language": "English"},
    ),
    "Web of Science": (
        "\ufeffTY  - JOUR\nAU  - Aaltonen, M\nAU  - Brede, JO\nA1  - WINTER Study Grp\nTI  - Walking groups in winter: an interview study\nT2  - JOURNAL OF INVENTED CARE\nM3  - Article\nAB  - People spoke of snow.\n"
        "PU  - NOBODY\nPI  - TURKU\nSN  - 2049-3630\nJ9  - J INVENT CARE\nDA  - MAR\nPY  - 2021\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\nDO  - 10.1234/jic.7\nAN  - WOS:000600000001\n"
        "AI  - Aaltonen, M; 0000-0002-1825-0097\nER  - \n\n",
        {"journal": "JOURNAL OF INVENTED CARE", "accession": "WOS:000600000001", "database": "Web of Science"},
    ),
    "Embase": (
        "TY  - JOUR\nM3  - Article\nAU  - Aaltonen M.\nAU  - Brede J.-O.\nY1  - 2021\nT1  - Walking groups in winter: an interview study\nJF  - Journal of Invented Care\nJO  - J. Invent. Care\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\n"
        "DO  - 10.1234/jic.7\nAN  - L2010000001\nC5  - 30000001\nDB  - Embase\nDB  - Medline\nN2  - People spoke of snow.\nSN  - 2049-3630\nER  - \n\n",
        {"accession": "L2010000001", "pmid": "30000001", "database": "Embase; Medline"},
    ),
    "Dimensions": (
        "TY  - JOUR\nDO  - 10.1234/jic.7\nTI  - Walking groups in winter: an interview study\nT2  - Journal of Invented Care\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\nAB  - People spoke of snow.\nDA  - 2021/03/15\nPY  - 2021\n"
        "SP  - 101-118\nVL  - 12\nIS  - 3\nU1  - 30000001 [PMID]\nUR  - https://app.dimensions.ai/details/publication/pub.1130000001\nLB  - pub.1130000001\nER  - \n\n",
        {"pmid": "30000001", "database": "Dimensions"},
    ),
    "Lens": (
        "TY  - JOUR\nTI  - Walking groups in winter: an interview study\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\nPY  - 2021\nDA  - 2021-03-15\nJF  - Journal of Invented Care\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\n"
        "AB  - People spoke of snow.\nDO  - 10.1234/jic.7\nID  - 000-000-000-000-001\nUR  - https://lens.org/000-000-000-000-001\nER  - \n\n",
        {"accession": "000-000-000-000-001", "database": "Lens"},
    ),
    "EndNote": (
        "TY  - JOUR\nAB  - People spoke of snow.\nAD  - University of Nowhere, Turku.\nAN  - 30000001\nAU  - Aaltonen, M.\nAU  - Brede, J.-O.\nDA  - Mar\nDO  - 10.1234/jic.7\nDP  - NLM\nIS  - 3\nKW  - Snow\n*Walking\n"
        "LA  - eng\nPY  - 2021\nSP  - 101-118\nSN  - 2049-3630\nT2  - Journal of Invented Care\nTI  - Walking groups in winter: an interview study\nVL  - 12\nID  - 77\nER  - \n\n",
        {"pmid": "30000001", "keywords": ["Snow", "Walking"], "affiliations": ["University of Nowhere, Turku."]},
    ),
    "Zotero": (
        "TY  - JOUR\nTI  - Walking groups in winter: an interview study\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\nT2  - Journal of Invented Care\nAB  - People spoke of snow.\nDA  - 2021/03/15/\nPY  - 2021\nDO  - 10.1234/jic.7\n"
        "DP  - PubMed\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\nJ2  - J Invent Care\nLA  - eng\nSN  - 2049-3630\nL2  - http://www.ncbi.nlm.nih.gov/pubmed/30000001\nER  - \n\n",
        {"pmid": "30000001", "database": "PubMed", "journal_abbr": "J Invent Care"},
    ),
    "Mendeley": (
        "TY  - JOUR\nT1  - Walking groups in winter: an interview study\nA1  - Aaltonen, Maija\nA1  - Brede, Jens-Ole\nY1  - 2021///\nKW  - snow\nJF  - Journal of Invented Care\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\nN2  - People spoke of snow.\n"
        "DO  - 10.1234/jic.7\nUR  - https://x.example/7\nER  - \n\n",
        {"urls": ["https://x.example/7"], "keywords": ["snow"]},
    ),
    "Rayyan": (
        "TY  - JOUR\nAN  - rayyan-100000001\nTI  - Walking groups in winter: an interview study\nY1  - 2021\nT2  - Journal of Invented Care\nSN  - 2049-3630\nVL  - 12\nIS  - 3\nSP  - 101-118\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\n"
        "AB  - People spoke of snow.\nDO  - 10.1234/jic.7\nUR  - https://x.example/7&from=export     U2  - L2010000001\nN1  - RAYYAN-INCLUSION: {\"Rita\"=>\"Included\"}\nER  - \n\n",
        {"accession": "L2010000001", "urls": ["https://x.example/7&from=export"], "notes": ['RAYYAN-INCLUSION: {"Rita"=>"Included"}']},
    ),
    "Covidence": (
        "TY  - JOUR\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\nT1  - Walking groups in winter: an interview study\nJF  - Journal of Invented Care\nPY  - 2021\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\nDO  - 10.1234/jic.7\n"
        "AB  - People spoke of snow.\nU1  - 500000001\nU2  - #77\nN1  - Exclusion reason: Wrong setting; \nER  - \n\n",
        {"notes": ["Exclusion reason: Wrong setting;"], "pmid": ""},
    ),
    "ASReview": (
        "TY  - JOUR\nAU  - Aaltonen, Maija\nAU  - Brede, Jens-Ole\nTI  - Walking groups in winter: an interview study\nT2  - Journal of Invented Care\nPY  - 2021\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\nDO  - 10.1234/jic.7\nAB  - People spoke of snow.\n"
        "N1  - ASReview_relevant\nER  - \n\n",
        {"notes": ["ASReview_relevant"], "status": []},
    ),
    "EPPI": (
        "TY  - JOUR\nT1  - Walking groups in winter: an interview study\nAU  - Aaltonen Maija\nAU  - Brede Jens-Ole\nPY  - 2021///\nJF  - Journal of Invented Care\nVL  - 12\nIS  - 3\nSP  - 101\nEP  - 118\nDO  - 10.1234/jic.7\nN2  - People spoke of snow.\n"
        "ID  - 60000001\nER  - \n\n",
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", DIALECTS)
def test_an_entry_in_a_vendors_ris(vendor: str) -> None:
    text, own = DIALECTS[vendor]
    reference = only(text)
    assert {name: getattr(reference, name) for name in COMMON | own} == COMMON | own
    assert reference.abstract == "People spoke of snow."
    assert [person.role for person in reference.people[:2]] == ["author", "author"]
    assert not _lost(text, reference)


@pytest.mark.parametrize("vendor", DIALECTS)
def test_nothing_is_said_of_a_whole_file(vendor: str) -> None:
    references, report = parsed(DIALECTS[vendor][0] * 3)
    assert (len(references), report.read, report.markers, causes(report)) == (3, 3, 3, [])


def _lost(text: str, reference: ParsedReference) -> list[str]:
    """Values of the file that stand in no raw field."""
    kept = "\n".join(value for _, value in reference.raw_fields)
    lines = text[text.index("TY") : text.index("\nER")].split("\n")
    values = (line[5:].strip() if line[2:5] == "  -" else line.strip() for line in lines)
    return [value for value in values if value.partition("     U2")[0] not in kept]
