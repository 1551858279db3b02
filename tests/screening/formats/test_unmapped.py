"""What no reader took over is told, whatever the format; and a table of unknown headings says what they are."""

import pytest

from screening.formats import UnreadableFile, read
from screening.formats.unmapped import UnmappedFields

RIS = (
    "TY  - JOUR\nAU  - Okello, Tom\nTI  - Peer support in rural Uganda\nPY  - 2021/03/02\nSP  - 101\nEP  - 109\nVL  - 12\n"
    "KW  - HIV\nDO  - 10.5555/x1\nC7  - Ethics approval granted by the board\nER  - \n\n"
)


def unmapped(data: bytes, **how: object) -> list[tuple[str, int, str]]:
    found = UnmappedFields()
    for entry in read(data, **how).references:  # type: ignore[arg-type]
        found.add(entry)
    return found.found()


def test_only_what_went_nowhere_is_unmapped() -> None:
    assert unmapped(RIS.replace("C7", "U9").encode() * 3) == [("U9", 3, "Ethics approval granted by the board")]


def test_columns_without_a_field_are_unmapped() -> None:
    table = "Title,Authors,Year,Ward colour\nPeer support in Uganda,Okello T,2021,turquoise\n"
    assert unmapped(table.encode()) == [("Ward colour", 1, "turquoise")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_without_known_headings_tells_its_headings(delimiter: str) -> None:
    table = f"Titel{delimiter}Verfasst von{delimiter}Jahr\nUnterstützung{delimiter}Okello T{delimiter}2021\n"
    with pytest.raises(UnreadableFile) as error:
        list(read(table.encode(), format="csv").references)
    assert error.value.headings == ("Titel", "Verfasst von", "Jahr")


def test_prose_has_no_headings() -> None:
    with pytest.raises(UnreadableFile) as error:
        list(read(b"A letter <html> to all, with commas\n", format="csv").references)
    assert error.value.headings == ()
