"""A request that is shown and not sent: as JSON, or as the curl command that sends it."""

import json
from collections.abc import Iterator

from claude_cli.api.connection import Connection
from claude_cli.api.headers import Headers, merge
from claude_cli.api.messages import message_call
from claude_cli.api.payload import secrets_in
from claude_cli.api.platforms import DIRECT, Call
from claude_cli.api.redactor import redacted
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import InputError
from claude_cli.turn.caching import with_breakpoints
from claude_cli.turn.connection import offline
from claude_cli.types import RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.terminal import on_terminal
from claude_cli.values.secrecy import is_secret


def preview(asked: Asked, body: RequestBody, notices: Notices) -> str:
    """What --dry-run or --curl prints, made harmless for a terminal. Raises as `as_json`."""
    show = as_json if asked.preview.dry_run else as_curl
    text = show(asked.connection, with_breakpoints(body, asked.request.cache), notices)
    if not on_terminal():
        return text
    from claude_cli.ui.sanitize import escape_json

    return escape_json(text)


def as_json(flags: ConnectionFlags, body: RequestBody, notices: Notices) -> str:
    """The request as JSON for a reader; with its URL where it does not go to the direct API.

    Raises InputError for what is no JSON, and for what the platform does not serve.
    """
    connection = offline(flags, notices)
    call = connection.rewrite(message_call(body))
    if connection.platform.name != DIRECT.name:
        notices.notice(f"{call.method} {connection.url(call.path)}")
    return _json(call.body, indent=2, ensure_ascii=False) + "\n"


def as_line(flags: ConnectionFlags, body: RequestBody, notices: Notices) -> str:
    """The request as JSON on a line of its own. Raises as `as_json`."""
    call = offline(flags, notices).rewrite(message_call(body))
    return _json(call.body, ensure_ascii=False) + "\n"


def as_curl(flags: ConnectionFlags, body: RequestBody, notices: Notices) -> str:
    """The request as a curl command; a notice names what the command leaves out. Raises as
    `as_json`."""
    from claude_cli.curl import curl_command, proxy_flags

    connection = offline(flags, notices)
    call = connection.rewrite(message_call(body))
    text, url = _json(call.body), connection.url(call.path)
    credential, headers = _credential(connection, call, flags, notices)
    options = {
        **proxy_flags(flags.proxy),
        "--cacert": flags.ca_bundle,
        "--max-time": flags.max_time,
    }
    own = {name.lower() for name, _ in connection.headers}
    for left_out in _left_out([line for line in headers if line[0] in own], options):
        notices.notice(left_out)
    return curl_command(url, headers, text, options, is_secret, credential)


def _credential(
    connection: Connection, call: Call, flags: ConnectionFlags, notices: Notices
) -> tuple[str | None, Headers]:
    """curl's own arguments for the credential of a cloud, or None, and the header lines."""
    lines = connection.header_lines("application/json", call.betas)
    if connection.platform.name != DIRECT.name:
        from claude_cli.turn.platforms.credentials import curl_credential

        credential, note = curl_credential(connection, flags)
        if note:
            notices.notice(note)
        return credential, lines
    authorizer = connection.authorizer
    extra = authorizer.lines(call.method, "", lines, lambda: "") if authorizer else []
    return None, merge(extra, lines)


def _left_out(headers: Headers, options: dict[str, object]) -> Iterator[str]:
    from claude_cli.curl import PROXY_PASSWORD, left_out

    for name, variable in left_out(headers, is_secret):
        yield f"the value of the header {name} is left out: put it into {variable}"
    if "--proxy-user" in options:
        yield f"the password of the proxy is left out: put it into {PROXY_PASSWORD}"


def without_tokens(line: str) -> str:
    """A request of a batch, as JSON, without what MCP servers alone are to know."""
    params = json.loads(line)["params"] if '"mcp_servers"' in line else {}
    return redacted(line, secrets_in(params))


def _json(body: object, **options: object) -> str:
    try:
        text = json.dumps(body, allow_nan=False, **options)  # type: ignore[arg-type]
        return redacted(text, secrets_in(body)) if isinstance(body, dict) else text
    except ValueError as error:
        raise InputError(f"the request is not JSON: {error}") from error
