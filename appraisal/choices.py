from django.db.models import TextChoices


class Use(TextChoices):
    """What an instrument is for. Both are filled in, compared and settled in the same way."""

    APPRAISAL = "appraisal", "Appraisal"
    EXTRACTION = "extraction", "Extraction"


class ItemKind(TextChoices):
    CHOICE = "choice", "One of several answers"
    MULTIPLE = "multiple", "Any of several answers"
    TEXT = "text", "Short text"
    LONG_TEXT = "long_text", "Long text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    ENTRIES = "entries", "List of entries"
    TABLE = "table", "Table with columns"


class Attribute(TextChoices):
    """What a question of a form tells of the study, so that studies can be sorted and found by it."""

    COUNTRY = "country", "Its country"
    DESIGN = "design", "Its design"
    SAMPLE = "sample", "Its participants"
    OTHER = "other", "Something else to find it by"


WITH_OPTIONS = (ItemKind.CHOICE, ItemKind.MULTIPLE)


class SettledHow(TextChoices):
    DISCUSSION = "discussion", "Agreement of the appraisers"
    THIRD_ASSESSOR = "third_assessor", "Ruling of the third assessor"


class RowState(TextChoices):
    """Where one question of a compared study stands."""

    AGREED = "agreed", "All answers are the same"
    DIFFERS = "differs", "Answers differ"
    PROPOSED = "proposed", "Waits for the others to confirm"
    SETTLED = "settled", "Settled"
