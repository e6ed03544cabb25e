"""What other machines ask of the server: whether it could take work, and how much it has."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deepfm.runs.metrics import CONTENT_TYPE, open_metrics
from deepfm.runs.ready import readiness


def ready(request: Request) -> JSONResponse:
    """200 where new work could be taken, else 503; what is wrong stands in the answer."""
    found = readiness()
    told = {name: "ok" if wrong is None else wrong.text() for name, wrong in found.items()}
    fine = all(wrong is None for wrong in found.values())
    return JSONResponse(told, status_code=200 if fine else 503)


def metrics(request: Request) -> Response:
    """Counts only: there is no word about anybody, so nobody has to log in."""
    return Response(open_metrics(), media_type=CONTENT_TYPE)


ROUTES = (Route("/ready", ready), Route("/metrics", metrics))
