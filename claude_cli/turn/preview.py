"""A request that is shown and not sent: as JSON, or as the curl command that sends it."""

import json
from collections.abc import Iterator

from claude_cli.api.headers import Headers, is_secret
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import InputError
from claude_cli.turn.connection import offline
from claude_cli.types import RequestBody
from claude_cli.ui.notices import Notices


def as_json(body: RequestBody) -> str:
    """For a reader. Raises InputError for what is no JSON."""
    return _json(body, indent=2, ensure_ascii=False) + "\n"


def as_curl(flags: ConnectionFlags, body: RequestBody, notices: Notices) -> str:
    """For a shell; what the command leaves out is told. Raises InputError for what is no JSON."""
    from claude_cli.api.betas import needed_betas
    from claude_cli.api.payload import json_payload
    from claude_cli.api.platforms import Call
    from claude_cli.curl import curl_command, proxy_flags

    text = _json(body)
    connection = offline(flags)
    url = connection.url("/v1/messages")
    call = Call("POST", "/v1/messages", json_payload(body), needed_betas(body))
    headers = connection.authorized_lines(call, url)
    options = {
        **proxy_flags(flags.proxy),
        "--cacert": flags.ca_bundle,
        "--max-time": flags.max_time,
    }
    own = {name.lower() for name, _ in connection.headers}
    for left_out in _left_out([line for line in headers if line[0] in own], options):
        notices.notice(left_out)
    return curl_command(url, headers, text, options, is_secret)


def _left_out(headers: Headers, options: dict[str, object]) -> Iterator[str]:
    from claude_cli.curl import PROXY_PASSWORD, left_out

    for name, variable in left_out(headers, is_secret):
        yield f"the value of the header {name} is left out: put it into {variable}"
    if "--proxy-user" in options:
        yield f"the password of the proxy is left out: put it into {PROXY_PASSWORD}"


def _json(body: RequestBody, **options: object) -> str:
    try:
        return json.dumps(body, allow_nan=False, **options)  # type: ignore[arg-type]
    except ValueError as error:
        raise InputError(f"the request is not JSON: {error}") from error
