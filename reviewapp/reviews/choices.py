from django.db.models import TextChoices


class Task(TextChoices):
    """What a person does in a review. Tasks are given one by one, never as one role for everything."""

    SCREEN_TITLE_ABSTRACT = "screen_title_abstract", "Screen titles and abstracts"
    SCREEN_FULL_TEXT = "screen_full_text", "Screen full texts"
    SETTLE_CONFLICTS = "settle_conflicts", "Settle conflicts"
    APPRAISE = "appraise", "Appraise studies"
    EXTRACT = "extract", "Extract data"
    CODE = "code", "Code findings"
    LEAD = "lead", "Lead the review"
    OBSERVE = "observe", "Observe"


class Framework(TextChoices):
    SPIDER = "spider", "SPIDER"
    PICO_CONTEXT = "pico_context", "PICo"
    PICO = "pico", "PICO"
    SPICE = "spice", "SPICE"
    PEO = "peo", "PEO"
