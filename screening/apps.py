from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "screening"
    label = "screening"
    verbose_name = "Screening"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from reviewapp.reviews.signals import review_created, team_changed
        from screening.services.protocol import lay_default_protocol
        from screening.services.team import take_in

        def on_review_created(review: object, **_: object) -> None:
            lay_default_protocol(review)  # type: ignore[arg-type]

        review_created.connect(on_review_created, weak=False, dispatch_uid="screening.lay_default_protocol")

        def on_team_changed(**change: object) -> None:
            take_in(**{name: change[name] for name in ("review", "actor", "user", "tasks_before")})  # type: ignore[arg-type]

        team_changed.connect(on_team_changed, weak=False, dispatch_uid="screening.take_in")
