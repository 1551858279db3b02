from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "reviewapp.lib"
    label = "lib"
    verbose_name = "Library"
    default_auto_field = "django.db.models.BigAutoField"
