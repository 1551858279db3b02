"""What every template may ask about the installation itself."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {"site_name": "Tandem", "version": settings.VERSION, "demo": settings.DEMO}
