"""Writing many rows at once, where the ORM's INSERT would spend most of the time on SQL text."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import msgspec
from django.contrib.postgres.indexes import GinIndex
from django.db import DatabaseError, connection
from django.db.models import AutoField, JSONField, Model

from screening.models import Record

logger = logging.getLogger(__name__)
T = TypeVar("T")

SEARCH_INDEXES = tuple(index.name for index in Record._meta.indexes if isinstance(index, GinIndex))


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` items."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


def read_ahead(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """As `batched`; the next list is read in a thread, one at a time, while the caller writes this one."""
    waiting = iter(items)
    with ThreadPoolExecutor(max_workers=1) as reader:
        following = reader.submit(lambda: list(islice(waiting, size)))
        while batch := following.result():
            following = reader.submit(lambda: list(islice(waiting, size)))
            yield batch


def copy_values(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a model's table. `names` are the columns that the rows hold; the others take the model's defaults."""
    given = {field.attname: field for field in model._meta.concrete_fields if field.attname in names}
    json_at = [place for place, name in enumerate(names) if isinstance(given[name], JSONField)]
    rest = _defaults(model, names)
    columns = ", ".join(connection.ops.quote_name(name) for name in (*names, *rest))
    constants = list(rest.values())
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            values = [*row, *constants]
            for place in json_at:
                values[place] = msgspec.json.encode(values[place]).decode()
            copy.write_row(values)


def copy_in(rows: Sequence[Model]) -> None:
    """COPY unsaved rows of one model."""
    if rows:
        names = [f.attname for f in rows[0]._meta.concrete_fields if not f.generated and not isinstance(f, AutoField)]
        copy_values(type(rows[0]), names, ([getattr(row, name) for name in names] for row in rows))


def _defaults(model: type[Model], names: Sequence[str]) -> dict[str, Any]:
    """What the columns that are not named hold in a new row; the primary key and generated columns are the database's."""
    blank = model()
    return {
        field.attname: field.get_db_prep_save(field.pre_save(blank, True), connection)
        for field in model._meta.concrete_fields
        if field.attname not in names and field.column and not field.generated and not isinstance(field, AutoField)
    }


def write_in_bulk() -> None:
    """For this transaction: its commit need not wait for the disk, and words go to the search indexes in one go later.

    Only for work that goes on from its last committed step after a crash: the database loses whole transactions or none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL gin_pending_list_limit = '256MB'")


@contextmanager
def settling_search_indexes() -> Iterator[Callable[[], object]]:
    """Gives a function that has waiting words sorted into the search indexes by another connection, while the caller writes on.

    At the end all are sorted in. Searches find words that wait too, but have to read through everything that does.
    """
    with ThreadPoolExecutor(max_workers=1) as aside:
        yield lambda: aside.submit(_settle)
        aside.submit(_settle)


def _settle() -> None:
    try:
        with connection.cursor() as cursor:
            for index in SEARCH_INDEXES:
                cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
    except DatabaseError:
        logger.exception("Words wait for the search indexes; PostgreSQL will sort them in by itself.")
    finally:
        connection.close()


def reserve_keys(model: type[Model], n: int) -> list[int]:
    """The next n primary keys of a table, ascending, for rows that refer to one another before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, n]
        )
        return sorted(key for (key,) in cursor.fetchall())
