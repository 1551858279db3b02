"""The shape of the published meta-synthesis (METHODS 1.6 of our notes: 20 studies, seven sub-themes, three themes), in small."""

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Layer, Level
from synthesis.models import Code, Coding, CodingComparison, Theme
from synthesis.services import themes
from synthesis.services.codes import create_code
from synthesis.services.texts import add_text
from tests.appraisal.conftest import include_study

# Which studies, by their place in the reference list, support each sub-theme.
SHAPE = {
    "Motivations": {
        "Connection": [25, 26, 28, 30, 31, 33, 34, 35, 36, 37, 39, 40],
        "Knowledge": [16, 25, 30, 31, 32, 35, 38, 41],
        "Confronting stigma": [29, 37, 39, 42],
    },
    "Impacts": {
        "Well-being": [11, 16, 25, 26, 27, 29, 34, 41],
        "Inspiration": [30, 35, 36, 39, 42],
    },
    "Challenges": {
        "Confidentiality": [29, 35, 39],
        "Sustainability": [11, 29],
    },
}  # fmt: skip
CITED = sorted({number for parts in SHAPE.values() for cited in parts.values() for number in cited})
WORDS = "They met weekly, and what was said there stayed there for years."


def agreed(study: Study, code: Code, start: int = 0, end: int = 9, *, is_contrary: bool = False) -> Coding:
    """A coding that the team holds; the study has a text and was compared."""
    version = study.findings_texts.get().current
    assert version is not None
    CodingComparison.objects.get_or_create(study=study, defaults={"overlap": 0.5})
    return Coding.objects.create(
        study=study,
        version=version,
        code=code,
        layer=Layer.AGREED,
        start=start,
        end=end,
        quote=version.content[start:end],
        is_contrary=is_contrary,
    )


def studied(review: Review, label: str, actor: User) -> Study:
    """An included study with its findings."""
    study = include_study(review, label)
    add_text(actor=actor, study=study, title="Findings", content=WORDS)
    return study


def published(review: Review, actor: User) -> dict[str, Theme]:
    """Studies, a code for each sub-theme, codings, and the themes; by their names."""
    studies = {number: studied(review, f"Study {number}", actor) for number in CITED}
    made = {}
    for name, parts in SHAPE.items():
        below = []
        for part, cited in parts.items():
            code = create_code(actor=actor, review=review, name=part.lower())
            for number in cited:
                agreed(studies[number], code)
            made[part] = themes.create_theme(
                actor=actor, review=review, level=Level.DESCRIPTIVE, name=part, codes=[code]
            )
            below.append(made[part])
        made[name] = themes.create_theme(actor=actor, review=review, level=Level.ANALYTICAL, name=name, parts=below)
    return made
