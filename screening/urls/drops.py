from django.urls import path

from screening.views import drops

urlpatterns = [
    path("drops/", drops.drop_list, name="drop-list"),
    path("drops/open/", drops.drop_open, name="drop-open"),
    path("drops/<int:drop_id>/", drops.drop_detail, name="drop-detail"),
    path("drops/<int:drop_id>/file/", drops.drop_file, name="drop-file"),
    path("drops/<int:drop_id>/match/", drops.drop_match, name="drop-match"),
    path("dropped/<int:file_id>/download/", drops.dropped_download, name="dropped-download"),
    path("dropped/<int:file_id>/assign/", drops.dropped_assign, name="dropped-assign"),
    path("dropped/<int:file_id>/undo/", drops.dropped_undo, name="dropped-undo"),
    path("dropped/<int:file_id>/aside/", drops.dropped_aside, name="dropped-aside"),
]
