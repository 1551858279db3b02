"""The board, matrices, saturation, confidence."""

from django.urls import path

from synthesis.views import board

ONE = "themes/<int:theme_id>/"
urlpatterns = [
    path("themes/", board.board, name="board"),
    path("themes/put/", board.board_put, name="board-put"),
    path("themes/undo/", board.board_undo, name="board-undo"),
    path("themes/redo/", board.board_redo, name="board-redo"),
    path(ONE, board.theme_detail, name="theme-detail"),
    path(f"{ONE}edit/", board.theme_edit, name="theme-edit"),
    path(f"{ONE}remove/", board.theme_remove, name="theme-remove"),
    path(f"{ONE}merge/", board.theme_merge, name="theme-merge"),
    path(f"{ONE}take-out/", board.theme_take_out, name="theme-take-out"),
    path(f"{ONE}support/<int:study_id>/", board.theme_support, name="theme-support"),
]
