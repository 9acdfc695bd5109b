"""The headers that the API adds to every response, refusals included."""

import itertools
import time

ORGANIZATION_ID = "00000000-0000-4000-8000-000000000000"
_RATE_LIMITS = {"requests": 4_000, "input-tokens": 2_000_000, "output-tokens": 400_000}
_request_numbers = itertools.count(1)


def new_request_id() -> str:
    """Unique in this process, and in order."""
    return f"req_{next(_request_numbers):024}"


def usual_headers(request_id: str, status: int) -> dict[str, str]:
    """Ids and rate limits; the limits are only for show, but for a 429 nothing remains of them."""
    reset = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    headers = {"request-id": request_id, "anthropic-organization-id": ORGANIZATION_ID}
    for bucket, limit in _RATE_LIMITS.items():
        name = f"anthropic-ratelimit-{bucket}"
        headers[f"{name}-limit"] = str(limit)
        headers[f"{name}-remaining"] = "0" if status == 429 else str(limit - 1000)
        headers[f"{name}-reset"] = reset
    return headers
