"""Writing many rows at once, where the ORM's INSERT would spend most of the time on SQL text."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db import connection
from django.db.models import AutoField, Model

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` items."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


def copy_in(rows: Sequence[Model]) -> None:
    """COPY unsaved rows of one model into its table; a key that is not set is left to the database."""
    if not rows:
        return
    model, quote = type(rows[0]), connection.ops.quote_name
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and field.column and not (isinstance(field, AutoField) and rows[0].pk is None)
    ]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])


def reserve_keys(model: type[Model], n: int) -> list[int]:
    """The next n primary keys of a table, ascending, for rows that refer to one another before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, n]
        )
        return sorted(key for (key,) in cursor.fetchall())
