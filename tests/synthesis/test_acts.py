"""Every act on codings and codes can be undone and done again, until a colleague's act came between."""

import pytest

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Layer
from synthesis.models import Act, Code, Coding, CodingComparison, TextVersion, Theme, ThemeCode
from synthesis.services import codes, coding, journal
from synthesis.visibility import codes_visible_to, codings_visible_to, held_codings
from tests.synthesis.conftest import span


def standing(**more: object) -> list[tuple[str, str]]:
    found = Coding.objects.filter(removed_at=None, **more).order_by("start", "code__name")
    return [(row.code.name, row.quote) for row in found]


@pytest.fixture
def compared(study: Study) -> CodingComparison:
    return CodingComparison.objects.create(study=study, overlap=0.5)


def test_a_coding_is_made_undone_and_made_again(version: TextVersion, apart: None, bob: User, review: Review) -> None:
    start, end = span(version, "stopped feeling alone")
    coding.code_stretch(actor=bob, version=version, start=start, end=end, name="isolation ends")
    assert standing() == [("isolation ends", "stopped feeling alone")]
    walked = journal.undo(actor=bob, review=review)
    assert walked is not None
    assert (walked.why_not, standing(), Code.objects.get().removed_at is None) == ("", [], False)
    assert journal.undo(actor=bob, review=review) is None
    walked = journal.redo(actor=bob, review=review)
    assert walked is not None
    assert (walked.why_not, standing()) == ("", [("isolation ends", "stopped feeling alone")])
    assert journal.redo(actor=bob, review=review) is None
    events = AuditEvent.objects.filter(action__startswith="synthesis.").order_by("pk")
    assert [event.action for event in events] == [
        "synthesis.text.added", "synthesis.coding.made", "synthesis.act.undone", "synthesis.act.redone",
    ]  # fmt: skip


def test_another_act_ends_what_could_be_done_again(
    version: TextVersion, apart: None, bob: User, review: Review
) -> None:
    for words in ("stopped feeling alone", "told nobody"):
        coding.code_stretch(
            actor=bob, version=version, start=span(version, words)[0], end=span(version, words)[1], name="x"
        )
    journal.undo(actor=bob, review=review)
    coding.set_aside(actor=bob, version=version, start=0, end=24)
    assert journal.redo(actor=bob, review=review) is None
    journal.undo(actor=bob, review=review)
    journal.undo(actor=bob, review=review)
    assert standing() == []


def test_coding_the_same_again_changes_nothing(version: TextVersion, apart: None, bob: User) -> None:
    start, end = span(version, "told nobody")
    first = coding.code_stretch(actor=bob, version=version, start=start, end=end, name="Secrecy")
    again = coding.code_stretch(actor=bob, version=version, start=start, end=end, name="secrecy ")
    assert first == again
    assert Act.objects.count() == 1


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (4, 4), (5, 3), (0, 100_000), (24, 25)])
def test_a_stretch_outside_the_text_is_refused(
    version: TextVersion, apart: None, bob: User, start: int, end: int
) -> None:
    with pytest.raises(Invalid):
        coding.code_stretch(actor=bob, version=version, start=start, end=end, name="x")
    assert not Code.objects.exists()


def test_only_who_was_given_the_study_codes_it(version: TextVersion, bob: User, olga: User) -> None:
    for actor in (bob, olga):
        with pytest.raises(NotAllowed):
            coding.code_stretch(actor=actor, version=version, start=0, end=9, name="x")


def test_two_coders_see_nothing_of_each_other(
    version: TextVersion, apart: None, bob: User, carol: User, alice: User
) -> None:
    review = version.text.review
    coding.code_stretch(actor=carol, version=version, start=0, end=9, name="hidden")
    for reader in (bob, alice):
        assert not codings_visible_to(reader, review).exists()
        assert not codes_visible_to(reader, review).exists()
    mine = coding.code_stretch(actor=bob, version=version, start=0, end=9, name="hidden")
    assert mine.code.created_by == bob
    assert not held_codings(review).exists()
    CodingComparison.objects.create(study=version.text.study, overlap=0.5)
    assert codings_visible_to(bob, review).count() == 2
    with pytest.raises(NotAllowed):  # independent layers stay
        coding.remove_coding(actor=bob, coding=mine)
    walked = journal.undo(actor=bob, review=review)
    assert walked is not None
    assert walked.why_not
    assert standing(coder=bob) == [("hidden", "Belonging")]


def test_merging_takes_everything_along_and_is_taken_apart_again(
    version: TextVersion, compared: CodingComparison, bob: User, review: Review
) -> None:
    start, end = span(version, "told nobody")
    first = coding.code_stretch(actor=bob, version=version, start=start, end=end, name="secrecy")
    second = coding.code_stretch(actor=bob, version=version, start=start, end=end, name="silence")
    third = coding.code_stretch(actor=bob, version=version, start=0, end=9, name="silence")
    under = codes.create_code(actor=bob, review=review, name="whispering", parent=second.code)
    theme = Theme.objects.create(review=review, level="descriptive", name="Alone", created_by=bob)
    ThemeCode.objects.create(theme=theme, code=second.code)
    before = standing()
    codes.merge_codes(actor=bob, kept=first.code, merged=[second.code], reason="The same")
    assert standing() == [("secrecy", "Belonging"), ("secrecy", "told nobody")]
    under.refresh_from_db()
    assert under.parent == first.code
    assert [row.code.name for row in theme.members.filter(removed_at=None)] == ["secrecy"]
    # Something else happens, then the merge is taken apart though it is not the last act any more.
    coding.change_coding(actor=bob, coding=third, name="home")
    codes.take_apart(actor=bob, code=second.code)
    assert sorted(standing()) == sorted(
        [(name, quote) for name, quote in before if quote != "Belonging"] + [("home", "Belonging")]
    )
    under.refresh_from_db()
    assert under.parent == second.code
    journal.undo(actor=bob, review=review)
    assert ("silence", "told nobody") not in standing()
    with pytest.raises(AlreadyDone):
        codes.take_apart(actor=bob, code=first.code)


def test_a_merge_leaves_a_colleagues_hidden_reading_alone(
    version: TextVersion, apart: None, bob: User, carol: User, alice: User, review: Review
) -> None:
    kept = codes.create_code(actor=alice, review=review, name="fear")
    gone = codes.create_code(actor=alice, review=review, name="angst")
    hidden = coding.code_stretch(actor=carol, version=version, start=0, end=9, code=gone)
    codes.merge_codes(actor=alice, kept=kept, merged=[gone])
    hidden.refresh_from_db()
    assert hidden.code == gone
    assert gone in codes_visible_to(carol, review)
    assert gone not in codes_visible_to(bob, review)
    codes.delete_code(actor=alice, code=kept)
    assert standing() == [("angst", "Belonging")]


def test_codes_are_split_moved_renamed_and_deleted_with_undo(
    version: TextVersion, compared: CodingComparison, bob: User, review: Review
) -> None:
    one = coding.code_stretch(actor=bob, version=version, start=0, end=9, name="help")
    two = coding.code_stretch(actor=bob, version=version, start=14, end=24, name="help")
    split = codes.split_code(actor=bob, code=one.code, name="being seen", codings=[two])
    assert standing() == [("help", "Belonging"), ("being seen", "being seen")]
    parent = codes.create_code(actor=bob, review=review, name="support")
    codes.move_code(actor=bob, code=split, parent=parent)
    with pytest.raises(Invalid):
        codes.move_code(actor=bob, code=parent, parent=split)
    codes.edit_code(
        actor=bob, code=split, values={"name": "visibility", "colour": "#2F6f8f", "definition": "Seen by others"}
    )
    with pytest.raises(AlreadyDone):
        codes.edit_code(actor=bob, code=split, values={"name": "HELP"})
    codes.delete_code(actor=bob, code=parent)
    split.refresh_from_db()
    assert (split.parent, split.name, split.colour) == (None, "visibility", "#2f6f8f")
    for _ in range(7):
        walked = journal.undo(actor=bob, review=review)
        assert walked is not None
        assert walked.why_not == ""
    assert standing() == []
    for _ in range(7):
        journal.redo(actor=bob, review=review)
    assert standing() == [("help", "Belonging"), ("visibility", "being seen")]


def test_what_a_colleague_changed_since_is_not_undone(
    version: TextVersion, compared: CodingComparison, bob: User, carol: User, review: Review
) -> None:
    made = coding.code_stretch(actor=bob, version=version, start=0, end=9, name="help")
    codes.edit_code(actor=carol, code=made.code, values={"name": "aid"})
    coding.code_stretch(actor=carol, version=version, start=14, end=24, code=made.code)
    walked = journal.undo(actor=bob, review=review)
    assert walked is not None
    assert "in use" in walked.why_not
    assert standing() == [("aid", "Belonging"), ("aid", "being seen")]
    assert journal.undo(actor=bob, review=review) is None
    assert made.layer == Layer.AGREED
