"""Themes are made, filled, ordered, merged and taken away, each with undo; what supports them is counted by union."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Level
from synthesis.models import Act, Code, Coding, Theme
from synthesis.queries.themes import ThemeTree, theme_tree
from synthesis.services import codes, journal, themes
from tests.synthesis.conftest import give
from tests.synthesis.themes import SHAPE, agreed, published, studied

D, A = Level.DESCRIPTIVE, Level.ANALYTICAL


def drawn(review: Review) -> dict[str, list[str]]:
    """Every theme with its members, as the board shows them."""
    tree = theme_tree(review)
    return {
        line.theme.name: [m.code.name for m in line.codes] + [m.theme.name for m in line.parts] for line in tree.themes
    }


def undo(who: User, review: Review) -> str:
    walked = journal.undo(actor=who, review=review)
    assert walked is not None
    return walked.why_not


@pytest.fixture
def made(review: Review, coders: None, alice: User) -> dict[str, Code]:
    return {name: codes.create_code(actor=alice, review=review, name=name) for name in ("fear", "hope", "secrecy")}


@pytest.fixture
def two(review: Review, made: dict[str, Code], bob: User) -> list[Theme]:
    """Two descriptive themes: one holds fear and secrecy, the other one hope."""
    alone = themes.create_theme(actor=bob, review=review, level=D, name="Alone", codes=[made["fear"], made["secrecy"]])
    return [alone, themes.create_theme(actor=bob, review=review, level=D, name="Together", codes=[made["hope"]])]


def test_counts_are_those_of_the_published_synthesis_and_themes_count_by_union(
    review: Review, coders: None, alice: User
) -> None:
    published(review, alice)
    tree = theme_tree(review)
    lines = {line.theme.name: line for line in tree.themes}
    parts = [name for below in SHAPE.values() for name in below]
    assert [len(lines[name].studies) for name in parts] == [12, 8, 4, 8, 5, 3, 2]
    assert [len(lines[name].studies) for name in SHAPE] == [18, 13, 4]
    assert sum(len(lines[name].studies) for name in parts) == 42
    assert len(tree.studies) == 20
    assert (tree.unassigned, tree.loose) == ([], [])
    # All codings lie on the same words of each study: T1 has 24 codings and 18 passages.
    assert (lines["Motivations"].codings, lines["Motivations"].quotes) == (24, 18)


def test_a_tree_takes_as_many_queries_for_many_studies_as_for_few(review: Review, coders: None, alice: User) -> None:
    code = codes.create_code(actor=alice, review=review, name="fear")
    themes.create_theme(actor=alice, review=review, level=D, name="Alone", codes=[code])
    counts = []
    for number in range(12):
        agreed(studied(review, f"Study {number}", alice), code)
        if number in (2, 11):
            codes.create_code(actor=alice, review=review, name=f"code {number}")
            themes.create_theme(actor=alice, review=review, level=A, name=f"theme {number}")
            with CaptureQueriesContext(
                connection,
            ) as seen:
                theme_tree(review)
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_every_act_on_themes_is_undone_and_done_again(
    review: Review, made: dict[str, Code], study: Study, bob: User
) -> None:
    alone = themes.create_theme(actor=bob, review=review, level=D, name=" Alone ", codes=[made["fear"]])
    other = themes.create_theme(actor=bob, review=review, level=D, name="Together", codes=[made["fear"], made["hope"]])
    whole = themes.create_theme(actor=bob, review=review, level=A, name="Whole", parts=[alone, other])
    themes.edit_theme(actor=bob, theme=alone, values={"name": "Lonely", "statement": "They are alone."})
    themes.put_into(actor=bob, theme=alone, members=[made["hope"], made["secrecy"]], out_of=other)
    themes.order_members(actor=bob, theme=alone, members=[made["secrecy"], made["fear"]])
    themes.order_themes(actor=bob, review=review, level=D, themes=[other])
    themes.say_support(actor=bob, theme=alone, study=study, counts=True, note="Told in a table")
    themes.take_out(actor=bob, theme=whole, members=[other])
    themes.merge_themes(actor=bob, kept=other, merged=[alone], reason="The same")
    after = drawn(review)
    assert after == {"Whole": ["Together"], "Together": ["fear", "secrecy", "hope"]} or after == {
        "Whole": ["Together"],
        "Together": ["secrecy", "fear", "hope"],
    }
    assert theme_tree(review).line(other).studies == [study]
    themes.remove_theme(actor=bob, theme=whole)
    assert drawn(review).keys() == {"Together"}
    acts = Act.objects.count() - 3  # Alice's codes
    for _ in range(acts):
        assert undo(bob, review) == ""
    assert drawn(review) == {}
    assert [line.code.name for line in theme_tree(review).unassigned] == ["fear", "hope", "secrecy"]
    for _ in range(acts - 1):
        walked = journal.redo(actor=bob, review=review)
        assert walked is not None
        assert walked.why_not == ""
    assert drawn(review) == after


def test_moving_takes_codes_along_and_putting_leaves_them(review: Review, two: list[Theme], bob: User) -> None:
    alone, together = two
    fear = Code.objects.get(name="fear")
    themes.put_into(actor=bob, theme=together, members=[fear])
    assert drawn(review) == {"Alone": ["fear", "secrecy"], "Together": ["hope", "fear"]}
    themes.put_into(actor=bob, theme=together, members=[fear, Code.objects.get(name="secrecy")], out_of=alone)
    assert drawn(review) == {"Alone": [], "Together": ["hope", "fear", "secrecy"]}
    acts = Act.objects.count()
    themes.put_into(actor=bob, theme=together, members=[fear])  # it is there
    assert Act.objects.count() == acts


def test_what_does_not_fit_is_refused(review: Review, two: list[Theme], bob: User, olga: User, alice: User) -> None:
    alone, together = two
    whole = themes.create_theme(actor=bob, review=review, level=A, name="Whole")
    own = codes.create_code(actor=bob, review=review, name="mine alone", shared=False)
    fear = Code.objects.get(name="fear")
    for theme, member in ((alone, together), (whole, fear), (whole, whole), (alone, own)):
        with pytest.raises(Invalid):
            themes.put_into(actor=bob, theme=theme, members=[member])
    with pytest.raises(Invalid):
        themes.merge_themes(actor=bob, kept=alone, merged=[whole])
    with pytest.raises(Invalid):
        themes.create_theme(actor=bob, review=review, level=D, name="  ")
    with pytest.raises(AlreadyDone):
        themes.create_theme(actor=bob, review=review, level=D, name="ALONE")
    with pytest.raises(NotAllowed):
        themes.create_theme(actor=olga, review=review, level=D, name="Olga's")
    codes.delete_code(actor=alice, code=fear)
    with pytest.raises(Invalid):
        themes.put_into(actor=bob, theme=together, members=[fear])
    themes.remove_theme(actor=alice, theme=together)
    with pytest.raises(AlreadyDone):
        themes.put_into(actor=bob, theme=together, members=[Code.objects.get(name="hope")])


def test_a_stale_edit_overwrites_nothing(review: Review, two: list[Theme], bob: User, alice: User) -> None:
    theme = two[0]
    themes.edit_theme(actor=bob, theme=theme, values={"statement": "Bob's"}, seen=1)
    with pytest.raises(AlreadyDone):
        themes.edit_theme(actor=alice, theme=theme, values={"statement": "Alice's"}, seen=1)
    theme.refresh_from_db()
    assert (theme.statement, theme.version) == ("Bob's", 2)


def test_what_a_colleague_built_on_is_not_undone(review: Review, made: dict[str, Code], bob: User, alice: User) -> None:
    theme = themes.create_theme(actor=bob, review=review, level=D, name="Alone")
    themes.put_into(actor=alice, theme=theme, members=[made["fear"]])
    assert "holds codes" in undo(bob, review)
    assert drawn(review) == {"Alone": ["fear"]}


def test_support_by_hand_adds_and_takes_away_and_moves_up(
    review: Review, two: list[Theme], study: Study, bob: User, alice: User
) -> None:
    alone, together = two
    whole = themes.create_theme(actor=bob, review=review, level=A, name="Whole", parts=two)
    other = studied(review, "Berg 2019", alice)
    agreed(other, Code.objects.get(name="fear"))

    def supported() -> list[list[str]]:
        tree = theme_tree(review)
        return [[each.label for each in tree.line(theme).studies] for theme in (alone, together, whole)]

    assert supported() == [["Berg 2019"], [], ["Berg 2019"]]
    themes.say_support(actor=bob, theme=together, study=study, counts=True, note="In a table only")
    assert supported() == [["Berg 2019"], ["Okello 2021"], ["Berg 2019", "Okello 2021"]]
    themes.say_support(actor=bob, theme=alone, study=other, counts=False, note="Another group of people")
    assert supported() == [[], ["Okello 2021"], ["Okello 2021"]]
    themes.say_support(actor=alice, theme=alone, study=other, counts=None)
    assert supported() == [["Berg 2019"], ["Okello 2021"], ["Berg 2019", "Okello 2021"]]
    with pytest.raises(Invalid):
        themes.say_support(actor=bob, theme=alone, study=study, counts=True, note=" ")


def test_contrary_codings_do_not_support_and_sub_codes_come_along(
    review: Review, two: list[Theme], made: dict[str, Code], alice: User
) -> None:
    berg, cho = studied(review, "Berg 2019", alice), studied(review, "Cho 2020", alice)
    under = codes.create_code(actor=alice, review=review, name="fear of talk", parent=made["fear"])
    agreed(berg, under)
    agreed(berg, made["fear"])
    agreed(cho, made["fear"], is_contrary=True)
    tree = theme_tree(review)
    line = tree.line(two[0])
    assert [study.label for study in line.studies] == ["Berg 2019"]
    assert (line.codings, line.quotes, line.contrary, line.tally.contradicting) == (3, 2, 1, {cho.pk})
    assert under.pk not in {line.code.pk for line in tree.unassigned}


def test_codings_that_are_hidden_count_nowhere(
    review: Review, two: list[Theme], alice: User, bob: User, carol: User
) -> None:
    """Carol's independent codings, and a code of hers, leave no trace in the tree before the study is compared."""
    study = studied(review, "Berg 2019", alice)
    give(study, bob, carol)
    before = told(theme_tree(review))
    version = study.findings_texts.get().current
    for name in ("fear", "hers alone"):
        code = Code.objects.filter(name=name).first() or codes.create_code(
            actor=carol, review=review, name=name, shared=False
        )
        Coding.objects.create(study=study, version=version, code=code, coder=carol, start=0, end=4, quote="They")
    assert told(theme_tree(review)) == before


def told(tree: ThemeTree) -> list[object]:
    lines = [(line.theme, line.codings, line.quotes, line.studies) for line in tree.themes]
    return [*lines, *((line.code, line.codings, line.studies) for line in tree.codes), len(tree.unassigned)]
