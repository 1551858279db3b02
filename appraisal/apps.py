from django.apps import AppConfig


class AppraisalConfig(AppConfig):
    name = "appraisal"
    label = "appraisal"
    verbose_name = "Appraisal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from appraisal.visibility import events_of_answers
        from screening.visibility import OTHER_RULES

        OTHER_RULES.append(events_of_answers)
