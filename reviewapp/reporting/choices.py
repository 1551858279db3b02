from django.db.models import TextChoices


class ReportForm(TextChoices):
    DOCX = "docx", "Word"
    PDF = "pdf", "PDF"
    HTML = "html", "HTML"


class ItemStatus(TextChoices):
    """How far an item of a reporting checklist is answered by the manuscript."""

    OPEN = "open", "Open"
    PARTLY = "partly", "Partly"
    DONE = "done", "Done"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
