"""Plays the synthesis of the published review through the real services: texts, independent coding, settlement, themes.

The themes and which study supports which are the paper's. Texts, codes and what the coders gave before it was settled are
simulated, and the texts say so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reviewapp.accounts.models import User
from reviewapp.demo.works import load
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Level, Ruling
from synthesis.models import Code, CodingAssignment, CodingComparison, FindingsText, TextVersion, Theme
from synthesis.queries.comparing import side_by_side
from synthesis.services import coding, settling, texts, themes
from synthesis.services.finishing import finish
from synthesis.services.settling import Wanted

Say = Callable[[str], None]
CODERS = ("SBS", "AS", "TWN")
AGREED = "Talked through with the text in hand."
RULED = "The sentence says this and no more."


@dataclass(frozen=True)
class Coded:
    """One sentence of a study's simulated findings, and the code that stands for it in the end."""

    sub_theme: int
    code: str
    words: str
    said: str = ""

    @property
    def lines(self) -> list[str]:
        return [self.words, self.said] if self.said else [self.words]


class SynthesisPlayer:
    """One demo review from included studies to its themes."""

    def __init__(self, review: Review, studies: Mapping[str, Study], who: dict[str, User], say: Say) -> None:
        self.review, self.studies, self.who, self.say = review, studies, who, say
        self.lead = who["SBS"]
        self.content: dict[str, Any] = load("synthesis")
        self.parts: list[dict[str, Any]] = [part for theme in self.content["themes"] for part in theme["parts"]]
        self.findings = {row["id"]: row["characteristics"]["key_findings"] for row in load("appraisal")["studies"]}

    def play(self) -> None:
        for number, (key, study) in enumerate(sorted(self.studies.items())):
            coded = list(self._sentences(key))
            text = self._text(key, study, coded)
            if text.current is not None and not CodingComparison.objects.filter(study=study).exists():
                self._code(number, study, text.current, coded)
            self._settle(number, CodingComparison.objects.get(study=study), coded)
        compared = CodingComparison.objects.filter(study__review=self.review)
        settled = compared.exclude(settled_at=None).count()
        self.say(f"  findings of {compared.count()} studies coded and compared, {settled} settled")
        self._build_themes()

    def _sentences(self, key: str) -> Iterator[Coded]:
        """What the study's findings say, by the sub-themes that it supports."""
        for place, part in enumerate(self.parts):
            if key in part["studies"]:
                code, words, *said = part["sentences"][part["studies"].index(key) % len(part["sentences"])]
                yield Coded(place, code, words, said[0] if said else "")

    def _text(self, key: str, study: Study, coded: list[Coded]) -> FindingsText:
        standing = FindingsText.objects.filter(study=study, removed_at=None).select_related("current").first()
        if standing:
            return standing
        lines = [self.content["heading"], self.content["lead_in"].format(findings="; ".join(self.findings[key]))]
        lines += [line for sentence in coded for line in sentence.lines]
        made = texts.add_text(
            actor=self.lead,
            study=study,
            title=f"Findings of {study}",
            content="\n".join(lines),
            language="en",
            is_simulated=True,
        )
        if made.current is not None:
            texts.keep_all_quotations(actor=self.lead, version=made.current)
        return FindingsText.objects.select_related("current").get(pk=made.pk)

    def _code(self, number: int, study: Study, version: TextVersion, coded: list[Coded]) -> None:
        """Two of the three code each study apart; the second one differs here and there."""
        pair = [key for place, key in enumerate(CODERS) if place != number % 3]
        for key in pair:
            CodingAssignment.objects.get_or_create(study=study, person=self.who[key], withdrawn_at=None)
        for second, key in enumerate(pair):
            person = self.who[key]
            if CodingAssignment.objects.get(study=study, person=person, withdrawn_at=None).finished_at:
                continue
            head = version.content.index(coded[0].words)
            coding.set_aside(actor=person, version=version, start=0, end=head - 1)
            for place, sentence in enumerate(coded):
                differs = bool(second) and (number + place) % 4 == 1
                self._code_sentence(person, version, sentence, self._other(sentence) if differs else sentence.code)
            finish(actor=person, study=study)

    def _code_sentence(self, person: User, version: TextVersion, sentence: Coded, code: str) -> None:
        for line in sentence.lines:
            start = version.content.index(line)
            coding.code_stretch(actor=person, version=version, start=start, end=start + len(line), name=code)

    def _other(self, sentence: Coded) -> str:
        """The code that a second reader may well have given."""
        names = [row[0] for row in self.parts[sentence.sub_theme]["sentences"]]
        return str(names[(names.index(sentence.code) + 1) % len(names)])

    def _settle(self, number: int, comparison: CodingComparison, coded: list[Coded]) -> None:
        """The coders agree on most differences; on the others the third assessor rules."""
        found = side_by_side(comparison)
        wanted = {line: sentence.code for sentence in coded for line in sentence.lines}
        for place, case in enumerate(found.open_cases):
            code = Code.objects.filter(review=self.review, name=wanted[case.codings[0].quote], removed_at=None).first()
            outcome = {
                "comparison": comparison,
                "keys": [case.key],
                "ruling": Ruling.MERGE,
                "wanted": [Wanted(code=code) if code else Wanted(name=wanted[case.codings[0].quote])],
            }
            if (number + place) % 3 == 0:
                settling.rule(actor=self.who["RAP"], reason=RULED, **outcome)  # type: ignore[arg-type]
                continue
            first, *others = found.people
            proposal = settling.propose(actor=first, reason=AGREED, **outcome)[0]  # type: ignore[arg-type]
            for person in others:
                settling.confirm(actor=person, comparison=comparison, proposal=proposal.pk)

    def _build_themes(self) -> None:
        if Theme.objects.filter(review=self.review).exists():
            return
        shared = Code.objects.filter(review=self.review, removed_at=None, shared_at__isnull=False)
        codes = {code.name: code for code in shared}
        for row in self.content["themes"]:
            made = [
                themes.create_theme(
                    actor=self.lead,
                    review=self.review,
                    level=Level.DESCRIPTIVE,
                    name=part["name"],
                    statement=part["statement"],
                    codes=[codes[name] for name, *_ in part["sentences"] if name in codes],
                )
                for part in row["parts"]
            ]
            themes.create_theme(
                actor=self.lead,
                review=self.review,
                level=Level.ANALYTICAL,
                name=row["name"],
                statement=row["statement"],
                parts=made,
            )
        self.say(f"  {len(self.content['themes'])} themes of {len(self.parts)} sub-themes from {len(codes)} codes")
