from django.urls import path

from reviewapp.jobs.api import views

JOB = "reviews/<uuid:review_id>/jobs/<uuid:job_id>/"
urlpatterns = [
    path(JOB, views.JobDetailView.as_view(), name="job-detail"),
    path(f"{JOB}cancel/", views.JobCancelView.as_view(), name="job-cancel"),
    path(f"{JOB}restart/", views.JobRestartView.as_view(), name="job-restart"),
]
