from rest_framework import serializers

from reviewapp.jobs.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    percent = serializers.IntegerField(allow_null=True, read_only=True)

    class Meta:
        model = Job
        fields = ["id", "title", "state", "done", "total", "percent", "message", "created_at", "finished_at"]
        read_only_fields = fields
