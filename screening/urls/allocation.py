from django.urls import path

from screening.views import allocation

urlpatterns = [
    path("allocation/<str:stage>/", allocation.allocation, name="allocation"),
    path("allocation/<str:stage>/change/", allocation.allocation_change, name="allocation-change"),
    path("allocation/<str:stage>/batches/", allocation.batch_create, name="allocation-batch-create"),
    path("allocation/batches/<int:batch_id>/dissolve/", allocation.batch_dissolve, name="allocation-batch-dissolve"),
]
