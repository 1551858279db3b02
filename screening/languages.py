"""Which language a text is in, as the `lang` attribute of a page wants it."""

import re

CODES = {
    "arabic": "ar", "chinese": "zh", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "finnish": "fi", "french": "fr",
    "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "indonesian": "id", "italian": "it",
    "japanese": "ja", "korean": "ko", "norwegian": "no", "persian": "fa", "farsi": "fa", "polish": "pl", "portuguese": "pt",
    "russian": "ru", "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
    "ara": "ar", "chi": "zh", "zho": "zh", "cze": "cs", "dan": "da", "dut": "nl", "nld": "nl", "eng": "en", "fin": "fi", "fre": "fr",
    "fra": "fr", "ger": "de", "deu": "de", "gre": "el", "heb": "he", "hin": "hi", "hun": "hu", "ind": "id", "ita": "it", "jpn": "ja",
    "kor": "ko", "nor": "no", "per": "fa", "fas": "fa", "pol": "pl", "por": "pt", "rus": "ru", "spa": "es", "swe": "sv", "tha": "th",
    "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi",
}  # fmt: skip
# A script speaks before the file does: databases call a translated title's language by the report's. The order decides.
SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("fa", re.compile("[\u067e\u0686\u0698\u06af]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
MOST_OF_IT = 0.3  # share of letters in one script that makes it the text's own


def language_of(text: str, stated: str = "") -> str:
    """A language code from the script of the text, or from what the file stated; empty when neither tells."""
    letters = sum(sign.isalpha() for sign in text)
    by_file = CODES.get(stated.strip().lower(), "")
    for code, script in SCRIPTS:
        if letters and len(script.findall(text)) > MOST_OF_IT * letters:
            same_script = (code == "ar" and by_file in {"fa", "ur"}) or (code == "ru" and by_file == "uk")
            return by_file if same_script else code
    latin = by_file if by_file not in {code for code, _ in SCRIPTS} else ""
    return latin if letters else ""


RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def direction_of(text: str) -> str:
    """`rtl` or `ltr` by the script of most letters; a name or number in front does not decide, as it would with `dir="auto"`."""
    letters = sum(sign.isalpha() for sign in text)
    if not letters:
        return "auto"
    return "rtl" if len(RIGHT_TO_LEFT.findall(text)) > letters / 2 else "ltr"
