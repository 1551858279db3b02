"""Plays appraisal and extraction of the published review through the real services, up to its tables.

The tables are the paper's. Who answered what before it was settled is simulated: some answers differ, the appraisers agree on
most of them, and the third assessor rules on the rest.
"""

from collections.abc import Callable, Mapping
from typing import Any

from appraisal.instruments import shipped
from appraisal.models import Answer, Assignment, Comparison, Instrument, Item
from appraisal.queries.comparison import compared
from appraisal.services import answers, assignments, instruments, settling
from appraisal.services.answers import Given
from appraisal.services.ratings import DEMO_RULE
from reviewapp.accounts.models import User
from reviewapp.demo.works import load
from reviewapp.reviews.models import Review
from screening.models import Study

Say = Callable[[str], None]
APPRAISERS = ("SBS", "AS")
EXTRACTORS = ("SBS", "AS", "RW")
RULING = "Read again with both answers in hand: the report says nothing that would settle it otherwise."


class AppraisalPlayer:
    """One demo review from included studies to settled tables."""

    def __init__(self, review: Review, studies: Mapping[str, Study], who: dict[str, User], say: Say) -> None:
        self.review, self.studies, self.who, self.say = review, studies, who, say
        self.lead = who["SBS"]
        content = load("appraisal")
        self.rows: list[dict[str, Any]] = content["studies"]
        self.abbreviations: dict[str, str] = content["abbreviations"]

    def appraise(self) -> None:
        casp = self._instrument("casp-qualitative")
        if not casp.rating_rule:
            instruments.relabel(
                actor=self.lead, instrument=casp, answers="yes_cant_tell_no", labels={"cant_tell": "Unclear"}
            )
            instruments.set_rating_rule(actor=self.lead, instrument=casp, rule=DEMO_RULE)
        for number, row in enumerate(self.rows):
            truth = {f"q{place}": code for place, code in enumerate(row["casp"], start=1)}
            said = {
                "SBS": truth | ({"q6": "yes"} if truth["q6"] == "cant_tell" and number % 2 else {}),
                "AS": truth | _slip(truth, number),
            }
            self._fill_in(casp, row, {key: said[key] for key in APPRAISERS}, truth)
        self._say_tables(casp)

    def extract(self) -> None:
        form = self._instrument("characteristics")
        if not form.abbreviations:
            instruments.set_table(actor=self.lead, instrument=form, columns=[], abbreviations=self.abbreviations)
        for number, row in enumerate(self.rows):
            truth: dict[str, Any] = row["characteristics"]
            pair = [key for place, key in enumerate(EXTRACTORS) if place != number % 3]
            said = {pair[0]: truth, pair[1]: truth | _shorter(truth, number)}
            self._fill_in(form, row, said, truth)
        self._say_tables(form)

    def _instrument(self, key: str) -> Instrument:
        found = Instrument.objects.filter(review=self.review, origin=key).first()
        return found or instruments.adopt(actor=self.lead, review=self.review, shipped=shipped()[key], people=2)

    def _fill_in(
        self,
        instrument: Instrument,
        row: Mapping[str, Any],
        said: Mapping[str, Mapping[str, Any]],
        truth: Mapping[str, Any],
    ) -> None:
        study = self.studies[row["id"]]
        if not Comparison.objects.filter(instrument=instrument, study=study).exists():
            people = [self.who[key] for key in said]
            assignments.assign(actor=self.lead, instrument=instrument, study=study, people=people)
            for key, values in said.items():
                self._answer(instrument, study, self.who[key], values)
        self._settle(Comparison.objects.get(instrument=instrument, study=study), said, truth)

    def _answer(self, instrument: Instrument, study: Study, person: User, values: Mapping[str, Any]) -> None:
        assignment = Assignment.objects.get(instrument=instrument, study=study, person=person, withdrawn_at=None)
        if assignment.finished_at:
            return
        given = dict(Answer.objects.filter(assignment=assignment).values_list("item_id", "revision"))
        for item in Item.objects.filter(instrument=instrument, key__in=values):
            answers.keep_answer(
                actor=person,
                assignment=assignment,
                item=item,
                given=Given(values[item.key]),
                revision=given.get(item.pk, 0),
            )
        answers.finish(actor=person, assignment=assignment)

    def _settle(self, comparison: Comparison, said: Mapping[str, Mapping[str, Any]], truth: Mapping[str, Any]) -> None:
        """The appraisers agree on every second difference; on the others the third assessor rules."""
        for place, row in enumerate(compared(comparison).open_rows):
            value = truth[row.item.key]
            if (comparison.pk + place) % 2:
                settling.rule(
                    actor=self.who["RAP"], comparison=comparison, item=row.item, value=value, rationale=RULING
                )
                continue
            for key in said:
                settling.propose(actor=self.who[key], comparison=comparison, item=row.item, value=value)

    def _say_tables(self, instrument: Instrument) -> None:
        found = Comparison.objects.filter(instrument=instrument)
        settled = found.exclude(settled_at=None).count()
        self.say(f"  {instrument.title}: {found.count()} studies compared, {settled} settled")


def _slip(truth: Mapping[str, str], number: int) -> dict[str, str]:
    """One answer in some studies that the second appraiser gave otherwise."""
    key = f"q{3 + number % 7}"
    return {key: "cant_tell"} if number % 3 == 0 and truth[key] == "yes" else {}


def _shorter(truth: Mapping[str, Any], number: int) -> dict[str, Any]:
    """What the second extractor noted in fewer words."""
    return {
        0: {"key_findings": truth["key_findings"][:-1] or truth["key_findings"]},
        1: {"participants": str(truth["participants"]).split(",")[0].split("(")[0]},
        2: {},
        3: {"data_collection": str(truth["data_collection"]).split(" using ")[0].split(",")[0]},
    }[number % 4]


def begin_appraisal(review: Review, study: Study, who: dict[str, User]) -> None:
    """For the review in the middle: one study waits, half filled in by one of two people."""
    if Instrument.objects.filter(review=review).exists():
        return
    lead = who["SBS"]
    casp = instruments.adopt(actor=lead, review=review, shipped=shipped()["casp-qualitative"], people=2)
    assignments.assign(actor=lead, instrument=casp, study=study, people=[who["SBS"], who["AS"]])
    mine = Assignment.objects.get(instrument=casp, study=study, person=who["AS"])
    for item in casp.items.all()[:4]:
        answers.keep_answer(actor=who["AS"], assignment=mine, item=item, given=Given("yes"))
