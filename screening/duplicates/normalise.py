"""One place where text of a reference becomes comparable; raise NORMALISATION_VERSION whenever a result may change."""

import html
import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

NORMALISATION_VERSION = 4

ABSTRACT_LETTERS = 400  # enough to tell two abstracts apart; copyright lines at the end would only mislead
ABSTRACT_READ = 2 * ABSTRACT_LETTERS  # characters of the abstract that give them

GREEK = {
    "α": "alpha", "β": "beta", "ß": "ss", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "æ": "ae", "Æ": "ae", "œ": "oe",
}  # fmt: skip
FOLD = str.maketrans(GREEK)
ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12", "xiii": "13",
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NUMBER = {name: str(number) for number, name in enumerate(MONTHS, 1)}
# fmt: off
STOPWORDS = frozenset((
    "an", "and", "as", "at", "by", "de", "der", "des", "die", "do", "du", "el", "en", "et", "for", "from", "für",
    "im", "in", "into", "is", "its", "la", "le", "les", "of", "on", "or", "the", "to", "und", "with",
))
# fmt: on
NOBODY = frozenset(("anonymous", "anon", "noauthor", "noauthorlisted", "noauthors", "na", "etal", "others"))
# fmt: off
PARTICLES = frozenset((
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "la", "le", "ten", "ter", "van",
    "von", "zu", "st", "jr", "sr",
))
# fmt: on

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,60}>")
_DIGIT_COMMA = re.compile(r"(?<=\d),(?=\d)")
_WORD = re.compile(r"[a-z]+|\d+|[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_a-z\u3040-\u30ff\u3400-\u9fff]+")
_ASCII_MARKS = {code: None for code in range(128) if not chr(code).isalnum()}
_NOT_LETTER = re.compile(r"[\W_]+")
_BRACKETED = re.compile(r"[\[(]([^\[\]()]*)[\])]\s*\.?\s*$")
LANGUAGES = (
    "english|french|german|spanish|italian|portuguese|russian|chinese|japanese|korean|polish|dutch|danish|swedish|norwegian|finnish|turkish|czech"
    "|slovak|hungarian|hebrew|persian|ukrainian|croatian|serbian|romanian|bulgarian|greek|arabic"
)
_MARK = re.compile(
    r"(?:(?:meeting |conference |congress |poster |provisional |structured )?abstracts?(?: (?:of|no|number)\b.*)?|brief record"
    r"|(?:systematic |literature )?reviews?(?: \d+ refs?)?|\d+ refs?|record supplied by publisher|corrected|with discussion"
    rf"|(?:article |text )?in (?:{LANGUAGES})|(?:{LANGUAGES})(?: text)?|letters?|editorial|see comments?|clinical conference"
    r"|(?:published )?erratum appears.*|published erratum.*|(?:original )?(?:article|research|report)|pdf|full text|online first|clinical trial"
    r"|conference paper|retracted(?: article)?(?: \.?see.*)?|retraction in.*)"
)
_LANGUAGE_TAIL = re.compile(rf"[.?!]+ (?:{LANGUAGES})(?: (.*))?$|\s\. original (.*)$")
_NOTICE = re.compile(
    r"\W*[\[(](?:published )?(?:errat(?:um|a)|correction|retraction|comment(?:ary)?)(?: appears| published)? in\b.*$"
)
_CORRECTED = re.compile(r"[\[(]corrected[\])]")
_SOURCE_LINES = tuple(
    re.compile(rf"^(?:(?P<name>.*?)\.\s?|(?=\d+ \())(?P<volume>{volume})\s?\((?P<issue>[^)]*)\)")
    for volume in (r"\d[^().]*?", r"[\w-]*")  # a name may hold full stops and brackets too: look for a number first
)
_PP = re.compile(r"\(pp ([^)]+)\)|Article Number: (?:Article )?([\w.]+)")
_DOI = re.compile(r"10\.\d{3,9}/[^\s\"<>]+")
_PMID_URL = re.compile(r"(?:pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/(\d{4,9})")
_TRIAL = re.compile(
    r"\b(NCT\d{8}|ISRCTN\d{8}|ACTRN\d{14}|EUCTR\d{4}-\d{6}-\d{2}|ChiCTR[-\w]{6,}|DRKS\d{8}|CRD4\d{10,})\b",
    re.IGNORECASE,
)
_PAGE_RANGE = re.compile(r"([a-z]{0,6})\.?\s?(\d+)([a-z]?)(?:\s?[-‐–—/]+\s?([a-z]{0,6})\.?\s?(\d+)([a-z]?))?")
_ROMAN_PAGES = re.compile(r"^([ivxl]+)(?:-([ivxl]+))?(?![a-z0-9])")
_NO_PAGES = re.compile(
    r"(?:t|suppl?)-\d+$|\d+p$|(?:19|20)\d{6}|(?:19|20)\d\d-\d*[a-z]{3}"
)  # "965-971" cut to "t-71", a thesis of 215 p, dates
_DATE_DAMAGE = re.compile(r"^(?:(\d{1,2})-([a-z]{3})|([a-z]{3})-(\d{1,2}))$")
_NUMBER = re.compile(r"\d+")
_ISSN = re.compile(r"\b(\d{4})-?(\d{3}[\dxX])\b")
_ISBN = re.compile(r"\b(97[89][\d-]{10,14}|\d[\d-]{8,11}[\dX])\b")


def plain(text: str) -> str:
    """Lower case without mark-up, accents or typographic variants."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text.translate(FOLD))
        text = "".join(character for character in folded if not unicodedata.combining(character))
    return text.lower()


def squeeze(text: str) -> str:
    """Only letters and digits of text that is already plain: survives hyphens, spacing and lost punctuation."""
    return text.translate(_ASCII_MARKS) if text.isascii() else _NOT_LETTER.sub("", text)


def words_of(text: str) -> tuple[str, ...]:
    """Words and numbers of plain text; letters part from digits, roman numerals become arabic, stop words go."""
    found = _WORD.findall(_DIGIT_COMMA.sub("", text))
    return tuple(_arabic(word) for word in found if word not in STOPWORDS)


def _arabic(word: str) -> str:
    return (word.lstrip("0") or "0") if word.isdigit() else ROMAN.get(word, word)


def strip_marks(title: str) -> str:
    """A plain title without trailing marks such as "[Abstract]", "(review)" or "[German]", nor brackets around all of it."""
    title = _NOTICE.sub("", title.strip()) or title
    title = title.strip().strip("\"'").rstrip(" .*")
    while match := _BRACKETED.search(title):
        if not _MARK.fullmatch(match.group(1).strip(" .")) or match.start() < 12:
            break
        title = title[: match.start()].rstrip(" .")
    if title.startswith("[") and title.endswith("]") and title.count("[") == 1:
        title = title[1:-1]
    return title


def title_variants(title: str) -> tuple[str, ...]:
    """The plain title and, where it carries two languages ("A = B", "A [B]", "A. German B"), each of them alone, the main one first."""
    whole = strip_marks(_CORRECTED.sub("", plain(title.replace("<ORIGINAL>", ". original "))))
    parts = re.split(r"\s=\s", whole) if " = " in whole else []
    if not parts and (match := re.fullmatch(r"(.{25,}?)\s*\[(.{25,})\]", whole)):
        parts = [match.group(1), match.group(2)]
    if not parts and (match := _LANGUAGE_TAIL.search(whole)) and match.start() >= 12:
        whole, parts = whole[: match.start()], [match.group(1) or match.group(2) or ""]
    return (whole, *(part for part in map(strip_marks, parts) if len(part) >= 25))


def family_names(authors: list[str] | tuple[str, ...] | str) -> tuple[str, ...]:
    """Family names in order, squeezed; understands lists, "A; B", "A and B" and the glued "SmithJ.DoeA."."""
    names = split_authors(authors) if isinstance(authors, str) else list(authors)
    return tuple(family for family in map(_family, names) if family and family not in NOBODY)


def split_authors(authors: str) -> list[str]:
    """The persons of an author string."""
    if ";" in authors:
        return authors.split(";")
    if " and " in authors:
        return authors.split(" and ")
    if "." in authors and not re.search(r"\w, \w", authors):
        return re.split(r"(?<=\.)(?=[^\W\d_]{2,}|[A-Z]')(?!-)", authors)
    if authors.count(",") >= 2:
        return authors.split(",")
    return [authors] if authors.strip() else []


_GLUED_INITIALS = re.compile(r"(?<=[a-z])(?=[A-Z]\.)")
_INITIALS = re.compile(r"^(?:[^\W\d_]\.?-?)+$")


@lru_cache(maxsize=50_000)
def _family(name: str) -> str:
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    head, comma, _ = name.partition(",")
    if comma and len(head.strip()) > 1:
        return squeeze_family(head)
    name = _GLUED_INITIALS.sub(" ", name)
    kept = [part for part in name.split() if not _is_initials(part)]
    return squeeze_family(" ".join(kept) or name)


def _is_initials(part: str) -> bool:
    bare = part.replace(".", "").replace("-", "")
    return len(bare) <= 1 or ("." in part and len(bare) <= 3) or (bare.isupper() and len(bare) <= 3)


def squeeze_family(name: str) -> str:
    """A family name as one squeezed word, particles such as "van der" left out."""
    parts = [part for part in re.split(r"[\s.]+", plain(name)) if part]
    return squeeze("".join([part for part in parts if part not in PARTICLES] or parts))


def clean_doi(text: str) -> str:
    """The bare DOI in lower case, or nothing."""
    if "10." not in text:
        return ""
    text = (
        text.lower().replace("%2f", "/").replace("%28", "(").replace("%29", ")").replace("%3c", "<").replace("%3e", ">")
    )
    match = re.search(r"10\.\d{3,9}/[^\s\";|]+(?:;[^\s\";|]+)?", text.replace("%3b", ";").replace("%3a", ":"))
    if not match:
        return ""
    return re.sub(r"(?:\[doi\]|\[pii\]|[.,;)\]}>]+)$", "", _balanced(match.group(0)))


def _balanced(doi: str) -> str:
    """A trailing bracket belongs to the DOI only when it was opened inside it; a second identifier after ";" does not belong."""
    head, semicolon, tail = doi.partition(";")
    if semicolon and ("[" in tail or tail.startswith("10.") or not re.match(r"[\d-]", tail)):
        doi = head
    return doi + ")" if doi.count("(") > doi.count(")") and doi.endswith(")") else doi


def pmid_of(pmid: str, url: str) -> str:
    """The PubMed number, from its own field or from a PubMed address."""
    if pmid:
        return "".join(_NUMBER.findall(pmid)[:1])
    match = _PMID_URL.search(url) if "pubmed" in url else None
    return match.group(1) if match else ""


def trial_numbers(*texts: str) -> frozenset[str]:
    """Trial registration numbers mentioned."""
    return frozenset(number.upper() for text in texts if text for number in _TRIAL.findall(text))


def issns_of(text: str) -> frozenset[str]:
    """ISSNs as eight characters."""
    return frozenset(f"{a}{b.lower()}" for a, b in _ISSN.findall(text)) if text else frozenset()


def isbns_of(text: str) -> frozenset[str]:
    """ISBNs without hyphens, the first nine digits that both lengths share."""
    found = (number.replace("-", "") for number in _ISBN.findall(text)) if text else ()
    return frozenset(number[3:12] if len(number) == 13 else number[:9] for number in found if len(number) in (10, 13))


def journal_parts(journal: str) -> tuple[str, str, str, str]:
    """Name, volume, issue and pages of a journal field; Ovid's source lines carry all four."""
    name, volume, issue, pages = journal, "", "", ""
    if (
        "(pp " in journal
        or "(no pagination)" in journal
        or "Date of Publication" in journal
        or "(var.pagings)" in journal
    ):
        if match := next(filter(None, (line.match(journal) for line in _SOURCE_LINES)), None):
            name, volume, issue = match.group("name") or "", match["volume"], match["issue"]
        if match := _PP.search(journal):
            pages = match.group(1) or match.group(2)
    return re.split(r"\.? ?Conference[:.]", name)[0].rstrip(". ") or name, volume, issue, pages


@lru_cache(maxsize=100_000)
def journal_names(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of each name a journal field tells: "Aizheng [Chinese journal of cancer]" tells two."""
    text = plain(name).replace("&", " ")
    parts = re.split(r"\s[=/]\s|[\[(/=](?=[^\])]{12,})", text)
    found = [words for words in map(_journal_words, parts) if words]
    return tuple(dict.fromkeys(found)) or ((squeeze(text),) if squeeze(text) else (),)[:1]


def _journal_words(text: str) -> tuple[str, ...]:
    """Words of one name without places in brackets, subtitles and articles."""
    text = re.sub(r"[\[(].*?[\])]", " ", text)
    text = re.split(r"\s:\s|: |\.\s?conference", text.strip())[0]
    return tuple(word for word in re.findall(r"[^\W_]+", text) if word not in STOPWORDS)


@lru_cache(maxsize=200_000)
def same_journal(first: tuple[tuple[str, ...], ...], second: tuple[tuple[str, ...], ...]) -> bool | None:
    """Whether any two of the names, long or abbreviated, are one; None when a name is missing or only begins as the other."""
    if not any(first) or not any(second):
        return None
    answers = {_same_name(one, other) for one in first for other in second}
    return True if True in answers else None if None in answers else False


def _same_name(first: tuple[str, ...], second: tuple[str, ...]) -> bool | None:
    if first == second:
        return True
    short, long = sorted((first, second), key=lambda words: (len(words), sum(map(len, words)), words))
    if fuzz.ratio("".join(short), "".join(long)) >= 90 or (_aligned(short, long) and len(short) == len(long)):
        return True
    if len(short) == 1 and (
        _is_acronym(short[0], long)
        or (len(short[0]) >= 8 and len(long) <= 12 and short[0][0] == long[0][0] and _glued(short[0], long))
    ):
        return True
    if not _aligned(short, long):
        return False
    # "Lancet" and "Lancet oncology" are two journals, "Surgical endoscopy" and its long name one: the rest must decide.
    return True if len(short) >= 3 else None


def _is_acronym(word: str, long: tuple[str, ...]) -> bool:
    return len(word) >= 3 and "".join(full[0] for full in long).startswith(word)


def _glued(name: str, words: tuple[str, ...]) -> bool:
    """Whether a name without spaces is made of beginnings of the words, in order, some left out."""
    if not name or not words:
        return not name
    longest = 0
    while longest < min(len(name), len(words[0])) and name[longest] == words[0][longest]:
        longest += 1
    return any(_glued(name[cut:], words[1:]) for cut in range(longest, -1, -1))


def _aligned(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Each word of the short name abbreviates, in order, a word of the long one; a name of one or two words from the first on."""
    if len(short) < 3 and not _abbreviates(short[0], long[0]):
        return False
    waiting = iter(long)
    return all(any(_abbreviates(word, full) for full in waiting) for word in short)


def _abbreviates(word: str, full: str) -> bool:
    if len(word) > len(full):
        word, full = full, word
    if full.startswith(word):
        return True
    if word[0] != full[0] or len(word) < 3:
        return False
    letters = iter(full)
    return all(letter in letters for letter in word) or fuzz.ratio(word, full) >= 85


def page_ranges(pages: str) -> tuple[tuple[str, str], ...]:
    """(first, last) of every page range; "335-42" is filled in, "01-Oct" is the spreadsheet's 1-10; last is "" for a single page."""
    text = plain(pages).strip().replace(" ", "") if pages else ""
    if not text or _NO_PAGES.match(text):
        return ()
    if match := _ROMAN_PAGES.match(text):
        return ((match.group(1), match.group(2) or ""),)
    if match := _DATE_DAMAGE.match(text):
        return _undamaged(match)
    text = re.sub(r"discussion|(?:author)?reply|quiz", "", text)
    text = re.sub(r"(?:^|(?<=[^a-z]))(?:pp?|pages?|seite|art(?:icle)?(?:no|number)?)\.?:?(?=[a-z]?\d)", "", text)
    return tuple(_range(match) for match in _PAGE_RANGE.finditer(text))


def _undamaged(match: re.Match[str]) -> tuple[tuple[str, str], ...]:
    """The pages a spreadsheet took for a date: "01-Aug" was 1-8, "30-Jun" was 30-6 (that is 30-36), "10-Jan" was 1-10 or 10-1."""
    month = MONTH_NUMBER.get(match.group(2) or match.group(3))
    if month is None:
        return ()
    if match.group(3):
        return ((month, match.group(4).lstrip("0")),)
    day = match.group(1).lstrip("0")
    if int(day) <= int(month):
        return ((day, month),)
    continued = (day, day[: len(day) - len(month)] + month)
    return (continued, (month, day)) if int(day) <= 31 and int(continued[1]) <= int(day) else (continued,)


def _range(match: re.Match[str]) -> tuple[str, str]:
    prefix, first, tail, last_prefix, last, last_tail = match.groups(default="")
    first, last = first.lstrip("0") or "0", last.lstrip("0")
    if last and len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    if last_prefix and not prefix:
        prefix = last_prefix
    return f"{prefix}{first}{tail}", f"{prefix}{last}{last_tail}" if last else ""


def volume_number(volume: str) -> tuple[str, str]:
    """The volume and the issue that some databases write behind it: "58 (1)" is ("58", "1")."""
    text = plain(volume).strip()
    if not text or (")" in text and "(" not in text):  # "1)" is the end of a supplement's name
        return "", ""
    head, _, tail = text.partition("(")
    numbers = _NUMBER.findall(head)
    issue = tail.strip(") ") or (text[text.find("sup") :] if "sup" in text else "")
    if numbers and not text.startswith(("sup", "conf")):
        return numbers[0].lstrip("0") or "0", issue
    return ROMAN.get(head.strip(), "" if "sup" in text or ")" in text else squeeze(head)), issue


def issue_numbers(issue: str) -> frozenset[str]:
    """Numbers of an issue; a supplement's is marked with "s", months are numbers."""
    text = plain(issue)
    if not text or "pagin" in text:
        return frozenset()
    head, supplement, tail = text.partition("sup")
    numbers = {number.lstrip("0") for number in _NUMBER.findall(head) if len(number) < 5}
    numbers |= {MONTH_NUMBER[word] for word in re.findall(r"[a-z]{3}", head) if word in MONTH_NUMBER}
    if supplement:
        numbers = {f"s{number.lstrip('0')}" for number in _NUMBER.findall(tail)} or {"s"}
    return frozenset(numbers)


def abstract_letters(abstract: str) -> str:
    """The first letters of an abstract, squeezed; placeholders such as "no abstract available" are nothing."""
    if len(abstract) < 40:
        return ""
    text = squeeze(plain(abstract[:ABSTRACT_READ]))
    text = re.sub(
        r"^(?:congressabstract|abstract|background|objectives?|purpose|introduction|aims?|studyobjectives?)+", "", text
    )
    return (
        ""
        if text.startswith(("noabstract", "theabstractisnot", "thisarticlehasnoabstract"))
        else text[:ABSTRACT_LETTERS]
    )
