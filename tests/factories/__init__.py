"""The smallest valid things. Alice leads and screens, Bob and Carol screen, Olga observes, Dave is an outsider."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Membership, Review
from screening.choices import CriterionKind, ImportState, SearchKind, Stage
from screening.models import EligibilityCriterion, ExclusionReason, ImportBatch, Record, Reference, Search, StageRule

PASSWORD = "a quiet library desk"
SCREENING = [Task.SCREEN_TITLE_ABSTRACT, Task.SCREEN_FULL_TEXT]


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda o: f"{o.name.lower().replace(' ', '.')}@example.org")
    initials = factory.LazyAttribute(lambda o: o.name[:2].upper())

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)


class ReviewFactory(DjangoModelFactory[Review]):
    class Meta:
        model = Review
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Review {n}")
    created_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def rules(self, create: bool, extracted: Any, **_: Any) -> None:
        for stage in Stage:
            StageRule.objects.create(review=self, stage=stage)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    review = factory.SubFactory(ReviewFactory)
    user = factory.SubFactory(UserFactory)
    tasks = SCREENING


class SearchFactory(DjangoModelFactory[Search]):
    class Meta:
        model = Search

    review = factory.SubFactory(ReviewFactory)
    source = "Scopus"
    kind = SearchKind.DATABASE
    created_by = factory.SelfAttribute("review.created_by")


class ImportBatchFactory(DjangoModelFactory[ImportBatch]):
    class Meta:
        model = ImportBatch

    search = factory.SubFactory(SearchFactory)
    review = factory.SelfAttribute("search.review")
    filename = "scopus.ris"
    file = "imports/none"
    size = 1
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    state = ImportState.DONE
    created_by = factory.SelfAttribute("review.created_by")


class ExclusionReasonFactory(DjangoModelFactory[ExclusionReason]):
    class Meta:
        model = ExclusionReason

    review = factory.SubFactory(ReviewFactory)
    label = factory.Sequence(lambda n: f"Reason {n}")
    position = factory.Sequence(lambda n: n)


def make_record(review: Review, *, batch: ImportBatch | None = None, source: str = "Scopus", **fields: Any) -> Record:
    """A live record with one reference, in an import of the named source."""
    if batch is None:
        found = ImportBatch.objects.filter(review=review, search__source=source).first()
        batch = found or ImportBatchFactory(search=SearchFactory(review=review, source=source))
    position = batch.references.count() + 1
    fields.setdefault("title", f"Living with a condition, part of life {review.records.count() + 1}")
    fields.setdefault("authors", ["Okello T", "Berg R"])
    fields.setdefault("year", 2021)
    record = Record.objects.create(review=review, **fields)
    Reference.objects.create(
        review=review,
        batch=batch,
        position=position,
        raw="TY  - JOUR\nER  - ",
        record=record,
        own_record=record,
        **fields,
    )
    return record


def RecordFactory(review: Review | None = None, **fields: Any) -> Record:  # noqa: N802  # reads as its siblings do
    return make_record(review or ReviewFactory(), **fields)


class CriterionFactory(DjangoModelFactory[EligibilityCriterion]):
    class Meta:
        model = EligibilityCriterion

    review = factory.SubFactory(ReviewFactory)
    kind = CriterionKind.EXCLUSION
    code = factory.Sequence(lambda n: f"E{n + 1}")
    text = "Children only"
    position = factory.Sequence(lambda n: n)
