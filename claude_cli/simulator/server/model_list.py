"""The endpoints `GET /v1/models` and `GET /v1/models/{id or alias}`."""

from claude_cli.simulator.checks.headers import check_headers
from claude_cli.simulator.checks.models import LIFECYCLES, find_model, model_info, models
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.wire.exchange import Received, Response, json_response
from claude_cli.simulator.wire.paging import page
from claude_cli.simulator.wire.rejections import Rejection, invalid


def list_models(account: Account, received: Received) -> Response:
    """Without `lifecycle[]` the retired ones are left out."""
    check_headers(received.headers, json_body=False)
    wanted = received.query.get("lifecycle[]", list(LIFECYCLES[:2]))
    for lifecycle in wanted:
        if lifecycle not in LIFECYCLES:
            raise invalid("lifecycle", f"Input should be one of {', '.join(LIFECYCLES)}")
    found = [model_info(model) for model in models() if model.facts.lifecycle in wanted]
    return json_response(page(found, received.query))


def show_model(account: Account, received: Received, name: str) -> Response:
    check_headers(received.headers, json_body=False)
    model = find_model(name)
    if model is None:
        raise Rejection(404, f"model: {name}")
    return json_response(model_info(model))
