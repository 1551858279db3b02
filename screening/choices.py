from django.db.models import TextChoices


class Stage(TextChoices):
    TITLE_ABSTRACT = "title_abstract", "Title & abstract"
    FULL_TEXT = "full_text", "Full text"


class Verdict(TextChoices):
    INCLUDE = "include", "Include"
    MAYBE = "maybe", "Maybe"
    EXCLUDE = "exclude", "Exclude"


class Outcome(TextChoices):
    """Where a record stands at a stage. Pending has no row in the database, so that a hidden vote changes nothing."""

    PENDING = "pending", "Waiting for votes"
    INCLUDED = "included", "Included"
    EXCLUDED = "excluded", "Excluded"
    CONFLICT = "conflict", "In conflict"


class ConflictKind(TextChoices):
    DECISION = "decision", "Include against exclude"
    REASON = "reason", "Reasons differ"
    UNDECIDED = "undecided", "All maybe"
    OWN = "own", "One reviewer judged two merged records differently"


class MaybeMeaning(TextChoices):
    INCLUDE = "include", "Maybe counts as include: when in doubt, the full text is read"
    UNDECIDED = "undecided", "Maybe is undecided: with anything else it is a conflict"


class Agreement(TextChoices):
    UNANIMOUS = "unanimous", "All votes must agree"
    MAJORITY = "majority", "The majority decides (logged)"


class ReasonConflict(TextChoices):
    SETTLE = "settle", "People settle which reason counts"
    HIGHEST_PRIORITY = "highest_priority", "The reason higher in the list counts"


class SettledBy(TextChoices):
    EITHER = "either", "Agreement of the voters, or the third assessor"
    AGREEMENT = "agreement", "Agreement of the voters only"
    THIRD_ASSESSOR = "third_assessor", "The third assessor only"


class SettlerSees(TextChoices):
    ANONYMOUS = "anonymous", "Votes and reasons of Reviewer 1, 2, … without names"
    NAMES = "names", "Votes and reasons with names"
    NOTHING = "nothing", "The record only, no votes"


class Allotting(TextChoices):
    """Who judges what at a stage."""

    EVERYBODY = "everybody", "Everybody judges until a record has its votes"
    EVENLY = "evenly", "Split evenly: each record belongs to as many people as it needs votes"
    DRAWN = "drawn", "Drawn one by one: the next free place goes to whoever asks"
    PAIRS = "pairs", "Pairs: one experienced reviewer and one other on every record"
    BATCHES = "batches", "Batches by hand: you say who judges the next so many records"


class SearchKind(TextChoices):
    DATABASE = "database", "Database"
    REGISTER = "register", "Register"
    WEBSITE = "website", "Website"
    ORGANISATION = "organisation", "Organisation"
    CITATION_SEARCHING = "citation_searching", "Citation searching"
    OTHER = "other", "Other"


class CriterionKind(TextChoices):
    INCLUSION = "inclusion", "Include when"
    EXCLUSION = "exclusion", "Exclude when"


class TermKind(TextChoices):
    FOR = "for", "Speaks for inclusion"
    AGAINST = "against", "Speaks against inclusion"


class ImportState(TextChoices):
    UPLOADED = "uploaded", "Uploaded, to be confirmed"
    QUEUED = "queued", "Waiting for a worker"
    RUNNING = "running", "Importing"
    DONE = "done", "Imported"
    FAILED = "failed", "Failed"
    UNDONE = "undone", "Undone"


class PairState(TextChoices):
    """What is known of two references. A person's word always stands above the machine's."""

    LINKED = "linked", "Linked automatically"
    UNCERTAIN = "uncertain", "To be judged"
    RELATED = "related", "Related, not the same"
    SAME = "same", "Judged to be the same"
    DIFFERENT = "different", "Judged to be different"


class Retrieval(TextChoices):
    SOUGHT = "sought", "Sought"
    REQUESTED = "requested", "Requested"
    RETRIEVED = "retrieved", "Retrieved"
    NOT_RETRIEVED = "not_retrieved", "Not retrieved"


class SettledHow(TextChoices):
    AGREEMENT = "agreement", "Agreement of the voters"
    THIRD_ASSESSOR = "third_assessor", "Ruling of the third assessor"


class DropState(TextChoices):
    """Where a dropped PDF stands."""

    STORED = "stored", "Waiting to be matched"
    ATTACHED = "attached", "Attached"
    DOUBTFUL = "doubtful", "To be confirmed"
    UNMATCHED = "unmatched", "No report found"
    HELD = "held", "In the review already"
    REFUSED = "refused", "Cannot be read"
    SET_ASIDE = "set_aside", "Set aside"


class ReadingOrderKind(TextChoices):
    IMPORT = "import", "As imported"
    RANDOM = "random", "At random"
    NEWEST = "newest", "Newest first"
    RANKED = "ranked", "Likely includes first"
