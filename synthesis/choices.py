from django.db.models import TextChoices


class TextSource(TextChoices):
    """Where a version of a findings text came from."""

    PDF = "pdf", "The report's PDF"
    PASTED = "pasted", "Pasted"
    FILE = "file", "A file"
    CORRECTED = "corrected", "A correction by hand"


class Direction(TextChoices):
    """How a text runs. Nothing chosen: as its letters say."""

    LEFT_TO_RIGHT = "ltr", "Left to right"
    RIGHT_TO_LEFT = "rtl", "Right to left"


class Origin(TextChoices):
    """How a code came about."""

    INDUCTIVE = "inductive", "From the text"
    DEDUCTIVE = "deductive", "From theory or the question"
    IN_VIVO = "in_vivo", "In the text's own words"


class Layer(TextChoices):
    """Whose a coding is: one person's independent reading, or what the team holds after comparing."""

    OWN = "own", "Independent"
    AGREED = "agreed", "Agreed"


class Level(TextChoices):
    DESCRIPTIVE = "descriptive", "Descriptive theme"
    ANALYTICAL = "analytical", "Analytical theme"


class Ruling(TextChoices):
    """How a difference between independent codings is settled."""

    KEEP = "keep", "Keep"
    MERGE = "merge", "Merge into one"
    SPLIT = "split", "Split"
    RENAME = "rename", "Give it another code"
    DROP = "drop", "Drop"


class SettledHow(TextChoices):
    MATCHED = "matched", "The codings matched"
    DISCUSSION = "discussion", "Agreement of the coders"
    THIRD_ASSESSOR = "third_assessor", "Ruling of the third assessor"


class About(TextChoices):
    """What a memo is about."""

    JOURNAL = "journal", "The review as a whole"
    STUDY = "study", "A study"
    CODE = "code", "A code"
    CODING = "coding", "A coded passage"
    THEME = "theme", "A theme"
