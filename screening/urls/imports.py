from django.urls import path

from screening.views import imports, references, searches

urlpatterns = [
    path("searches/", searches.search_list, name="search-list"),
    path("searches/add/", searches.search_create, name="search-create"),
    path("searches/<int:search_id>/", searches.search_detail, name="search-detail"),
    path("searches/<int:search_id>/edit/", searches.search_edit, name="search-edit"),
    path("searches/<int:search_id>/upload/", imports.import_create, name="import-create"),
    path("searches/<int:search_id>/import-all/", imports.import_confirm_all, name="import-confirm-all"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/<int:batch_id>/", imports.import_detail, name="import-detail"),
    path("imports/<int:batch_id>/read/", imports.import_read, name="import-read"),
    path("imports/<int:batch_id>/confirm/", imports.import_confirm, name="import-confirm"),
    path("imports/<int:batch_id>/undo/", imports.import_undo, name="import-undo"),
    path("imports/<int:batch_id>/redo/", imports.import_redo, name="import-redo"),
    path("imports/<int:batch_id>/file/", imports.import_file, name="import-file"),
    path("imports/<int:batch_id>/problems/", imports.import_problems, name="import-problems"),
    path("references/", references.reference_list, name="reference-list"),
    path("references/<int:reference_id>/", references.reference_detail, name="reference-detail"),
]
