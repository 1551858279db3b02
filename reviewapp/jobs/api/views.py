"""Jobs: how far they are, and how to stop one."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.jobs import services
from reviewapp.jobs.api.serializers import JobSerializer
from reviewapp.jobs.models import Job
from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import NotAllowed
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can, can


class JobAPIView(ReviewAPIView):
    def _job(self, job_id: UUID) -> Job:
        return get_object_or_404(Job, review=self.review, pk=job_id)

    def _own_job(self, job_id: UUID) -> Job:
        """The job, for the person who started it and for leads. Raises NotAllowed."""
        job = self._job(job_id)
        if job.requested_by_id != self.user.pk and not can(self.membership, Can.LEAD):
            raise NotAllowed("Only the person who started a job, or a lead, can stop it or start it again.")
        return job


class JobDetailView(JobAPIView):
    @operation(Can.READ, out=JobSerializer)
    def get(self, request: Request, review_id: UUID, job_id: UUID) -> Response:
        return Response(JobSerializer(self._job(job_id)).data)


class JobCancelView(JobAPIView):
    @operation(Can.RULE_DUPLICATES, out=JobSerializer)
    def post(self, request: Request, review_id: UUID, job_id: UUID) -> Response:
        return Response(JobSerializer(services.cancel(actor=self.user, job=self._own_job(job_id))).data)


class JobRestartView(JobAPIView):
    @operation(Can.RULE_DUPLICATES, out=JobSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID, job_id: UUID) -> Response:
        return Response(JobSerializer(services.restart(actor=self.user, job=self._own_job(job_id))).data, status=202)
