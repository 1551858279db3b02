"""Reviews and the people in them, as JSON."""

from typing import Any

from rest_framework import serializers

from reviewapp.accounts.models import User
from reviewapp.lib.endpoints import Body
from reviewapp.reviews.choices import Framework, Task
from reviewapp.reviews.frameworks import FRAMEWORKS
from reviewapp.reviews.models import Invitation, Membership, Review

INVITATION_STATES = ("open", "accepted", "revoked", "expired")
FRAMEWORK_KEYS = {field.key for rows in FRAMEWORKS.values() for field in rows}


def tasks_field(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(choices=Task.choices), **options)


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "name", "initials"]
        read_only_fields = fields


class ReviewSerializer(serializers.ModelSerializer[Review]):
    tasks = serializers.SerializerMethodField(help_text="What the reader does in this review.")

    class Meta:
        model = Review
        fields = [
            "id", "title", "question", "framework", "framework_fields", "registration", "is_demo", "created_at", "tasks",
        ]  # fmt: skip
        read_only_fields = fields

    def get_tasks(self, review: Review) -> list[str]:
        tasks: dict[Any, list[str]] = self.context["tasks"]
        return tasks[review.pk]


class ReviewChange(Body):
    title = serializers.CharField(max_length=500)
    question = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    framework = serializers.ChoiceField(choices=Framework.choices, required=False)
    framework_fields = serializers.DictField(
        child=serializers.CharField(max_length=5000, allow_blank=True), required=False
    )
    registration = serializers.CharField(max_length=100, allow_blank=True, required=False)

    def validate_framework_fields(self, value: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(value) - FRAMEWORK_KEYS):
            raise serializers.ValidationError({name[:100]: ["No framework has this field."] for name in unknown[:20]})
        return value


class NewReview(ReviewChange):
    tasks = tasks_field(required=False, help_text="What else the lead does in this review.")


class MemberSerializer(serializers.ModelSerializer[Membership]):
    person = PersonSerializer(source="user", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    tasks = tasks_field(read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "person", "email", "tasks", "joined_at"]
        read_only_fields = fields


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    state = serializers.ChoiceField(choices=INVITATION_STATES, read_only=True)
    tasks = tasks_field(read_only=True)

    class Meta:
        model = Invitation
        fields = ["id", "email", "tasks", "state", "created_at", "expires_at"]
        read_only_fields = fields


class NewMember(Body):
    email = serializers.EmailField(max_length=254)
    tasks = tasks_field(allow_empty=False)


class MemberChange(Body):
    tasks = tasks_field(allow_empty=False)


class AddedSerializer(serializers.Serializer[Any]):
    """Who has an account is a member now; who has none is invited, by mail and by a link that works once."""

    added = serializers.ChoiceField(choices=["member", "invitation"])
    member = MemberSerializer(allow_null=True)
    invitation = InvitationSerializer(allow_null=True)
    link = serializers.CharField(allow_null=True)
