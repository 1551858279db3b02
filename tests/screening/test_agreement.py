"""Agreement statistics against worked numbers that were checked with independent libraries, to six decimals."""

import pytest

from screening.agreement import (
    NOT_ESTIMABLE,
    Alpha,
    CohenKappa,
    agreement_of,
    band,
    bias_index,
    brennan_prediger,
    clip,
    cohen,
    collapse,
    confusion,
    fleiss,
    gwet_ac1,
    in_words,
    krippendorff,
    pairwise,
    percent_agreement,
    prevalence_index,
    specific_agreement,
    tally,
)

LETTERS = {"I": "include", "M": "maybe", "E": "exclude", "–": None}
VERDICTS = ("include", "maybe", "exclude")
TWO = ("include", "exclude")


def six(value):
    return pytest.approx(value, abs=5e-7)


def votes(text):
    return [[LETTERS[letter] for letter in word] for word in text.split()]


def two_by_two(a, b, c, d):
    return votes(" ".join(["II"] * a + ["IE"] * b + ["EI"] * c + ["EE"] * d))


WORKED = {
    "E1": (
        (20, 5, 10, 15),
        {
            "observed": 0.7, "expected": 0.5, "kappa": 0.4, "se": 0.126996, "low": 0.151092, "high": 0.648908,
            "se_simple": 0.129615, "se_null": 0.138564, "pabak": 0.4, "ac1": 0.405941, "alpha": 0.4, "scott": 0.393939,
            "positive": 0.727273, "negative": 0.666667, "prevalence": 0.10, "bias": -0.10,
        },
    ),
    "E2": (
        (2, 3, 2, 93),
        {
            "observed": 0.95, "expected": 0.914, "kappa": 0.418605, "se": 0.212582, "low": 0.001951, "high": 0.835259,
            "se_simple": 0.253424, "se_null": 0.099322, "pabak": 0.9, "ac1": 0.945298, "alpha": 0.421175, "scott": 0.418266,
            "positive": 0.444444, "negative": 0.973822, "prevalence": -0.91, "bias": 0.01,
        },
    ),
    "Demo": (
        (36, 14, 9, 886),
        {
            "observed": 0.975661, "expected": 0.904510, "kappa": 0.745119, "se": 0.051048, "low": 0.645066, "high": 0.845171,
            "se_simple": 0.052496, "se_null": 0.032480, "pabak": 0.951323, "ac1": 0.973092, "alpha": 0.745216, "scott": 0.745081,
            "positive": 0.757895, "negative": 0.987187, "prevalence": -0.899471, "bias": 0.005291,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_two_raters_worked_examples(name):
    cells, expected = WORKED[name]
    report = agreement_of(two_by_two(*cells), TWO)
    kappa = report.kappa
    got = {
        "observed": kappa.observed, "expected": kappa.expected, "kappa": kappa.value, "se": kappa.se, "low": kappa.low,
        "high": kappa.high, "se_simple": kappa.se_simple, "se_null": kappa.se_null, "pabak": report.pabak, "ac1": report.ac1,
        "alpha": report.alpha.value, "scott": report.fleiss.value, "positive": report.specific["include"],
        "negative": report.specific["exclude"], "prevalence": report.prevalence, "bias": report.bias,
    }  # fmt: skip
    assert got == {key: six(value) for key, value in expected.items()}


def test_kappa_follows_from_pabak_prevalence_and_bias():
    for cells, _ in WORKED.values():
        table = [list(cells[:2]), list(cells[2:])]
        pabak, pi, bi = brennan_prediger(percent_agreement(table), 2), prevalence_index(table), bias_index(table)
        assert cohen(table).value == pytest.approx((pabak - pi**2 + bi**2) / (1 - pi**2 + bi**2))


def test_e2_chance_agreement_of_ac1():
    """p_γ is not shown on its own, so it is solved from AC1 = (p_o − p_γ)/(1 − p_γ)."""
    ac1 = gwet_ac1(tally(two_by_two(2, 3, 2, 93), TWO))
    assert (0.95 - ac1) / (1 - ac1) == six(0.085950)


def test_three_raters_three_verdicts():
    report = agreement_of(votes("III IIE EEE EEE EME EEE III EEI MME EEE"), VERDICTS)
    assert (report.complete, report.votes_per_unit, report.raters) == (10, 3, 3)
    assert report.all_agree == six(0.60)
    assert (report.observed, report.fleiss.expected) == (six(0.733333), six(0.46))
    assert (report.fleiss.value, report.fleiss.se_null) == (six(0.506173), six(0.144871))
    assert report.alpha == Alpha(30, 10, six(0.266667), six(0.558621), six(0.522634))
    assert (report.ac1, report.pabak) == (six(0.634703), six(0.6))
    assert [pair.kappa.value for pair in report.pairs] == [six(0.830508), six(0.387755), six(0.285714)]
    assert report.mean_pairwise == six(0.501326)
    assert report.kappa is None


def test_three_raters_two_verdicts():
    report = agreement_of(votes("III III IIE EEE EEE EEE EEI EEE"), TWO)
    assert (report.all_agree, report.observed, report.fleiss.expected) == (six(0.75), six(0.833333), six(0.53125))
    assert (report.fleiss.value, report.fleiss.se_null) == (six(0.644444), six(0.204124))
    assert report.alpha == Alpha(24, 8, six(0.166667), six(0.489130), six(0.659259))
    assert (report.ac1, report.pabak) == (six(0.686275), six(0.666667))
    assert [pair.kappa.value for pair in report.pairs] == [six(1), six(0.466667), six(0.466667)]
    assert report.mean_pairwise == six(0.644444)


def test_complete_data_tie_alpha_to_fleiss():
    report = agreement_of(votes("III IIE EEE EEE EME EEE III EEI MME EEE"), VERDICTS)
    kappa = report.fleiss.value
    assert report.alpha.value == pytest.approx(kappa + (1 - kappa) / 30)


def test_missing_votes_enter_alpha_only():
    report = agreement_of(votes("III IE– EEE E–E MEE EEE –II I––"), VERDICTS)
    assert (report.alpha.pairable, report.alpha.units, report.alpha.value) == (18, 7, six(0.590361))
    assert (report.units, report.complete, report.fleiss.n) == (8, 4, 4)


def test_two_votes_each_by_two_of_three_people():
    report = agreement_of(votes("II– EE– I–E E–E –EE –II"), TWO)
    assert (report.votes_per_unit, report.raters, report.complete) == (2, 3, 6)
    assert report.kappa is None
    assert [(pair.first, pair.second, pair.kappa.n) for pair in report.pairs] == [(0, 1, 2), (0, 2, 2), (1, 2, 2)]
    assert report.observed == six(5 / 6)


def test_fleiss_1971():
    table = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    assert fleiss(table).value == six(0.209931)


def test_krippendorffs_three_coders():
    coders = (
        "*****3412113 3*3".replace(" ", ""),
        "1*2133 43*******".replace(" ", ""),
        "**21344*211 33*4".replace(" ", ""),
    )
    units = [[None if vote == "*" else vote for vote in unit] for unit in zip(*coders, strict=True)]
    counts = tally(units, "1234")
    assert krippendorff(counts).value == six(0.691358)
    assert krippendorff(counts, lambda a, b: (a - b) ** 2).value == six(0.810845)


@pytest.mark.parametrize("units", [[], [["include", None]], [[None, None]]])
def test_nothing_to_compare_is_not_estimable(units):
    report = agreement_of(units, TWO)
    assert (report.complete, report.observed, report.pabak, report.ac1) == (0, None, None, None)
    assert (report.fleiss.value, report.alpha.value, report.kappa, report.mean_pairwise) == (None, None, None, None)
    assert {line.text for line in report.statistics} == {NOT_ESTIMABLE}


def test_one_verdict_only_leaves_kappa_open_and_shows_agreement():
    report = agreement_of(two_by_two(0, 0, 0, 7), TWO)
    assert report.observed == 1
    assert report.kappa == CohenKappa(n=7, observed=1.0, expected=1.0)
    assert (report.fleiss.value, report.alpha.value) == (None, None)
    assert (report.pabak, report.ac1) == (1, 1)
    words = {line.name: line.text for line in report.statistics}
    assert words["Percent agreement"] == "100.0 %"
    assert words["Cohen's κ"] == NOT_ESTIMABLE
    assert report.specific == {"include": None, "exclude": 1.0}


def test_perfect_agreement_has_no_spread():
    kappa = cohen([[3, 0], [0, 5]])
    assert (kappa.value, kappa.se, kappa.low, kappa.high) == (1, 0, 1, 1)


def test_single_category_has_no_pabak():
    assert brennan_prediger(1.0, 1) is None


def test_unknown_votes_are_refused():
    with pytest.raises(ValueError, match="perhaps"):
        agreement_of([["include", "perhaps"]], TWO)


def test_fleiss_refuses_uneven_votes():
    with pytest.raises(ValueError, match="equally many"):
        fleiss([[2, 0], [1, 2]])


def test_maybe_goes_on_like_include():
    assert [collapse(verdict) for verdict in VERDICTS] == ["include", "include", "exclude"]


def test_pairs_skip_raters_who_share_nothing():
    assert [(p.first, p.second) for p in pairwise(votes("II– E–E"), TWO)] == [(0, 1), (0, 2)]


def test_confusion_rows_are_the_first_rater():
    assert confusion([("include", "exclude")], TWO) == ((0, 1), (0, 0))


def test_specific_agreement_with_three_raters():
    assert specific_agreement(tally(votes("III IIE"), TWO), 0) == six((6 + 2) / (6 + 4))


@pytest.mark.parametrize(
    ("kappa", "word"),
    [
        (None, NOT_ESTIMABLE),
        (-0.1, "poor"),
        (0.0, "slight"),
        (0.2, "slight"),
        (0.21, "fair"),
        (0.6, "moderate"),
        (0.745, "substantial"),
        (0.81, "almost perfect"),
    ],
)
def test_bands_of_landis_and_koch(kappa, word):
    assert band(kappa) == word


def test_interval_is_clipped_in_words_only():
    report = agreement_of(votes("III IIE EEE EEE EME EEE III EEI MME EEE"), VERDICTS)
    assert report.pairs[0].kappa.high > 1
    line = next(line for line in report.statistics if line.name == "Cohen's κ, raters 1 and 2")
    assert line.text == "0.831 (95 % CI 0.524 to 1.000)"
    assert (clip(1.2), clip(-3), clip(0.4)) == (1, -1, 0.4)
    assert in_words(0.12345) == "0.123"
