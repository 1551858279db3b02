"""Ranking of unread records by what settled ones teach, and when a team may stop. Plain functions, no database.

`features_of` turns texts into numbers once; `train` learns from labels; `by_score` makes the order; `statement` says what may be claimed.
"""

from screening.ranking.features import DESCRIPTION, Document, Features, features_of
from screening.ranking.insight import doubtful_exclusions, telling_terms
from screening.ranking.metrics import Figures, OneClassOnly, figures_of
from screening.ranking.model import NAME, Model, is_early, step_of, train
from screening.ranking.order import Order, after_head, bands_of, by_score, head_length, shuffled
from screening.ranking.question import features_with_question, likeness
from screening.ranking.simulation import Simulation, simulate
from screening.ranking.stopping import FEWEST_INCLUDES, Statement, statement

__all__ = [
    "DESCRIPTION", "FEWEST_INCLUDES", "NAME", "Document", "Features", "Figures", "Model", "OneClassOnly", "Order", "Simulation", "Statement",
    "after_head", "bands_of", "by_score", "doubtful_exclusions", "features_of", "features_with_question", "figures_of", "head_length",
    "is_early", "likeness", "shuffled", "simulate", "statement", "step_of", "telling_terms", "train",
]  # fmt: skip
