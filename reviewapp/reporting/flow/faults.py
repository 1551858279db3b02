"""Which records break an identity between the diagram's numbers: those that only one of its sides has."""

from reviewapp.reporting.past.picture import Ids, Picture
from reviewapp.reporting.prisma.counts import LANES, Pending

NONE: Ids = frozenset()


def faults(picture: Picture) -> dict[str, Ids]:
    """Under the key of each identity the records at fault; none where it holds."""

    def behind(key: str) -> Ids:
        return picture.behind(key) or NONE

    def reasons(lane: str) -> Ids:
        return frozenset().union(*(ids for key, ids in picture.boxes.items() if key.startswith(f"{lane}_excluded/")))

    found = {
        "sought": (behind("records_screened") - behind("records_excluded") - behind(f"pending/{Pending.SCREENING}"))
        ^ behind("dbr_sought_reports")
    }
    left = NONE
    for lane, (_, retrieval, assessment) in LANES.items():
        waiting, excluded = behind(f"pending/{assessment}"), behind(f"{lane}_excluded_reports")
        got = behind(f"{lane}_sought_reports") - behind(f"{lane}_notretrieved_reports") - behind(f"pending/{retrieval}")
        found[f"{lane}_assessed"] = got ^ behind(f"{lane}_assessed")
        found[f"{lane}_reasons"] = excluded ^ reasons(lane)
        left |= behind(f"{lane}_assessed") - excluded - waiting
    return found | {"included": left ^ behind("new_reports")}
