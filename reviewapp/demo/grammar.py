"""Titles and abstracts of simulated works: sentences from `data/grammar.json` filled from one choice of words."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reviewapp.demo.works import load

Slots = dict[str, str]
Sections = tuple[tuple[str, str], ...]

WITH_ARTICLE = ("Dominican Republic", "Netherlands", "Philippines", "USA", "United Kingdom")
YOUNG = ("adolescent", "young", "child", "orphan")
DEFAULT_METHOD = "in-depth interviews with {nq} {people}"
OLD = ("older", "ageing", "survivors of HIV", "dementia", "Parkinson")


def kinds() -> dict[str, Any]:
    """The kinds of works the grammar knows."""
    found: dict[str, Any] = load("grammar")["kinds"]
    return found


def choose_slots(
    kind: str, rng: random.Random, place: Mapping[str, str], year: int, stated: Slots | None = None
) -> Slots:
    """One consistent choice of words and numbers for a work published in `year`; what is stated is not drawn."""
    country = place["country"]
    slots = {
        "place": place["place"],
        "nation": country,
        "country": f"the {country}" if country in WITH_ARTICLE else country,
    }
    options = dict(kinds()[kind]["slots"])
    population = options.pop("population")
    if population != "none":
        slots.update(_population(population, rng))
    for name, values in options.items():
        slots[name] = rng.choice(values)
    if "factor" in slots:
        others = [value for value in options["factor"] if value not in (slots["factor"], slots.get("outcome"))]
        slots["factor2"] = rng.choice(others)
    slots["scale"] = rng.choice(load("grammar")["scales"])
    slots |= stated or {}
    slots |= _numbers(rng, slots.get("pop", ""), year)
    slots |= stated or {}
    # A design may say how its data were collected, so that the abstract agrees with the title.
    slots["design"], _, how = slots["design"].partition("|")
    slots["how"] = (how or DEFAULT_METHOD).format_map({"people": "participants", **slots})
    return slots


def makes_sense(kind: str, slots: Slots) -> bool:
    """Whether the words drawn go together; the rules are data: words of the one side exclude words of the other."""
    if "factor" in slots and slots["factor"] == slots.get("outcome"):
        return False
    people = f" {slots.get('pop', '')} {slots.get('worker', '')} "
    themes = f"{kind} " + " ".join(
        slots.get(name, "") for name in ("outcome", "factor", "factor2", "topic", "intervention", "drug")
    )
    rules = load("grammar")["excludes"]
    if any(_has(people, who) and _has(themes, what) for who, what in rules["people_and_themes"]):
        return False
    return all(slots["nation"] in where for who, where in rules["people_only_in"] if _has(people, who))


def _has(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


def _population(group: str, rng: random.Random) -> Slots:
    row: Sequence[str] = rng.choice(load("grammar")["populations"][group])
    return dict(zip(("pop", "people", "condition"), row, strict=False))


def _numbers(rng: random.Random, population: str, published: int) -> Slots:
    """Figures for the abstract that agree with one another and with the people studied."""
    low, high = (
        (14, 22) if any(w in population for w in YOUNG) else (58, 68) if any(w in population for w in OLD) else (29, 46)
    )
    ratio, months, share = rng.uniform(1.3, 3.3), rng.choice((6, 9, 12, 18, 24)), rng.randrange(46, 93)
    difference, people, last_year = rng.uniform(1.2, 4.8), rng.randrange(11, 47), published - rng.randrange(1, 4)
    return {
        "n": f"{rng.randrange(84, 1620):,}", "nq": str(people), "fg": str(max(2, people // 6)), "sites": str(rng.randrange(2, 13)),
        "age": str(rng.randrange(low, high)), "sd": f"{rng.uniform(2.1, 9.8):.1f}",
        "pct": str(share), "pct2": str(rng.randrange(24, 46)), "pct3": str(rng.randrange(6, 24)),
        "orr": f"{ratio:.2f}", "cl": f"{1 + (ratio - 1) * 0.2:.2f}", "cu": f"{ratio * 1.6:.2f}",
        "y0": str(last_year - rng.randrange(1, 4)), "y1": str(last_year), "months": str(months), "m1": str(months // 2),
        "p": str(rng.randrange(1, 9)), "p2": str(rng.randrange(1, 7)),
        "md": f"{difference:.1f}", "mdl": f"{difference * 0.4:.1f}", "mdu": f"{difference * 2.3:.1f}", "mdu2": f"{difference * 1.6:.1f}",
        "md2": str(rng.randrange(18, 61)), "md3": str(rng.randrange(14, 320)),
        "big": f"{rng.randrange(1200, 9800):,}", "nst": str(rng.randrange(9, 61)),
    }  # fmt: skip


def make_title(kind: str, slots: Slots, rng: random.Random) -> str:
    """A title in sentence case without a full stop."""
    return sentence_case(rng.choice(kinds()[kind]["titles"]).format_map(slots))


def make_abstract(kind: str, slots: Slots, rng: random.Random) -> Sections:
    """Sections of an abstract; empty headings when it is unstructured."""
    rules = kinds()[kind]
    structured = rng.random() < 0.6
    return tuple(
        (rng.choice(headings) if structured else "", _passage(sentences, _extra(rules, number), slots, rng))
        for number, (headings, sentences) in enumerate(zip(rules["sections"], rules["text"], strict=True))
    )


def _extra(rules: Mapping[str, Any], section: int) -> Sequence[str]:
    """Sentences that fit any abstract of this sort of research at that place."""
    found: list[str] = load("grammar")["extras"][rules["extras"]][section] if "extras" in rules else []
    return found


def _passage(sentences: Sequence[str], extras: Sequence[str], slots: Slots, rng: random.Random) -> str:
    """One of the wordings, now and then with a sentence more, so that abstracts differ in length."""
    chosen = [rng.choice(sentences)] + ([rng.choice(extras)] if extras and rng.random() < 0.5 else [])
    return sentence_case(" ".join(chosen).format_map(slots))


def topics_of(population: str) -> set[str]:
    """The journals' topics that the people studied bring along."""
    return {topic for words, topics in load("grammar")["journal_topics"] if _has(population, words) for topic in topics}


def make_keywords(kind: str, slots: Slots, rng: random.Random) -> tuple[str, ...]:
    """Subject words: the condition, what the work is about, a few of its field, and the country."""
    subjects = load("grammar")["keywords"]
    field = [word for topic in kinds()[kind]["topics"] for word in subjects.get(topic, ())]
    own = [
        slots[name].removeprefix("a ")
        for name in ("outcome", "factor", "intervention", "peer", "drug")
        if name in slots
    ]
    few = rng.sample(field, min(3, len(field)))
    return tuple(dict.fromkeys((slots.get("condition", "HIV"), *own, *few, slots["nation"])))


def sentence_case(text: str) -> str:
    """Capitals at the beginning and after a full stop or question mark."""
    return re.sub(r"(^[“\"]?|[.?!] )([a-z])", lambda found: found[1] + found[2].upper(), text)


STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "among",
        "at",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "the",
        "their",
        "to",
        "with",
        "by",
        "who",
        "study",
        "i",
        "is",
        "how",
        "do",
        "does",
        "what",
    ]
)


def content_words(title: str) -> frozenset[str]:
    """The words by which two titles are told apart."""
    return frozenset(re.findall(r"\w+", title.lower())) - STOP_WORDS


def too_alike(words: frozenset[str], others: Sequence[frozenset[str]], limit: float = 0.62) -> bool:
    """Whether a title shares more of its words with another than two works by chance would."""
    return any(len(words & other) > limit * len(words | other) for other in others)
