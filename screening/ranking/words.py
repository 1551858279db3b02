"""Forms of one word taken together: study and studies, screened and screening. Rough rules for English; other words stay as they are."""

SHORTEST = 5  # letters of a word that may lose an ending
ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ments", "ment"),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("ness", ""),
    ("es", "e"),
    ("s", ""),
)
NO_PLURAL = ("ss", "us", "is")


def stem(word: str) -> str:
    """The part that the forms of a word share; not itself a word to show."""
    if len(word) < SHORTEST:
        return word
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word.endswith(NO_PLURAL)):
            word = word.removesuffix(ending) + instead
            break
    return word.removesuffix("e") if len(word) >= SHORTEST else word
