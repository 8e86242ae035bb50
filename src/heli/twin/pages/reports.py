"""A run as a report to print, to send and to file."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from heli.kernel.permissions import audience
from heli.twin import policy, selectors


@audience(*policy.READERS)
def report(request: HttpRequest, code: str) -> HttpResponse:
    """The result as a PDF in the reader's language."""
    from heli.twin.report.render import report_pdf

    row = selectors.run_by_code(code)
    answer = HttpResponse(report_pdf(row), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{row.code}.pdf"'
    return answer


urlpatterns = [path("runs/<str:code>/report.pdf", report, name="report")]
