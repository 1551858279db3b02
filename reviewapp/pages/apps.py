from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "reviewapp.pages"
    label = "pages"
    verbose_name = "Pages across all stages"
    default_auto_field = "django.db.models.BigAutoField"
