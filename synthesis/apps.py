from django.apps import AppConfig


class SynthesisConfig(AppConfig):
    name = "synthesis"
    label = "synthesis"
    verbose_name = "Synthesis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from screening.visibility import OTHER_RULES
        from synthesis.visibility import events_of_codings

        OTHER_RULES.append(events_of_codings)
