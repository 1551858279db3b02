"""What a person chooses for their own desk. It concerns nobody else, so it stands with the person and leaves no event in a review."""

from collections.abc import Mapping

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from screening.keys import ACTS, default_keys, keys_from, problems_of, tidy_key
from screening.services.locks import act

KEYS, TIMER = "desk_keys", "desk_timer"


def keys_of(user: User) -> dict[str, str]:
    """The key of every act at this person's desk."""
    return keys_from(user.preferences.get(KEYS))


def shows_timer(user: User) -> bool:
    return user.preferences.get(TIMER) is True


@act
def choose_keys(*, actor: User, keys: Mapping[str, str]) -> dict[str, str]:
    """Change the keys of some acts; the others stay. Raises Invalid when two acts would share a key, or a key cannot be had."""
    if unknown := keys.keys() - ACTS.keys():
        raise Invalid(f"The desk has no act “{min(unknown)[:40]}”.")
    person = User.objects.select_for_update().get(pk=actor.pk)
    wanted = keys_of(person) | {name: tidy_key(key) for name, key in keys.items()}
    if problems := problems_of(wanted):
        first = next(iter(problems))
        raise Invalid(f"{ACTS[first].words}: {problems[first]} Nothing was changed.", errors={name: [said] for name, said in problems.items()})  # fmt: skip
    person.preferences[KEYS] = {name: key for name, key in wanted.items() if key != ACTS[name].key}
    _keep(person, actor)
    return wanted


@act
def reset_keys(*, actor: User) -> dict[str, str]:
    """Every act has the key again that it came with."""
    person = User.objects.select_for_update().get(pk=actor.pk)
    person.preferences.pop(KEYS, None)
    _keep(person, actor)
    return default_keys()


@act
def choose_timer(*, actor: User, shown: bool) -> None:
    """Show how long the record has been read, on this person's desk only; nothing of it is kept."""
    person = User.objects.select_for_update().get(pk=actor.pk)
    person.preferences[TIMER] = shown
    _keep(person, actor)


def _keep(person: User, actor: User) -> None:
    person.save(update_fields=["preferences"])
    actor.preferences = person.preferences
