"""Reading invented export files in tests."""

from screening.formats import ParsedReference, ParseReport, read


def parsed(text: str | bytes, **options: str) -> tuple[list[ParsedReference], ParseReport]:
    """References and finished report of a file."""
    data = text.encode() if isinstance(text, str) else text
    file = read(data, **options)
    references = list(file.references)
    return references, file.report


def only(text: str | bytes) -> ParsedReference:
    """The single reference of a file."""
    references, _ = parsed(text)
    assert len(references) == 1
    return references[0]


def causes(report: ParseReport) -> list[str]:
    return [problem.cause for problem in report.problems]


TWO_RIS = """TY  - JOUR
AU  - Aaltonen, Maija
AU  - Brede, Jens-Ole
TI  - Listening circles for caregivers: a qualitative study
T2  - Journal of Invented Care
J2  - J Invent Care
PY  - 2019
VL  - 12
IS  - 3
SP  - 101
EP  - 118
SN  - 2049-3630
DO  - 10.1234/jic.2019.0101
KW  - caregivers
KW  - listening
AB  - Caregivers spoke of being heard.
ER  -~

TY  - JOUR
AU  - Čapková, Žofie
TI  - Walking groups in winter
PY  - 2021
ER  -~
""".replace("~", " ")
