from django.apps import AppConfig


class AppraisalConfig(AppConfig):
    name = "appraisal"
    label = "appraisal"
    verbose_name = "Appraisal"
    default_auto_field = "django.db.models.BigAutoField"
