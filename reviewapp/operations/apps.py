from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "reviewapp.operations"
    label = "operations"
    verbose_name = "Operations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from reviewapp.operations import worker_hooks  # noqa: F401  (connects Celery's signals)
