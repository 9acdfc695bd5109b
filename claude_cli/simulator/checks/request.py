"""What the API refuses, as a function from headers and body to None or the rejection.

checks_headers      credential, content type, version, betas
parameter_shapes    names, types and ranges of fields   (block_shapes, tool_shapes, shapes)
checks_parameters   model, limits, thinking, effort, sampling
checks_messages     roles, empty turns, tool results, thinking, prefill
checks_tools        names, options, tool_choice
checks_schema       schemas that a model can be held to
checks_cache        breakpoints
checks_files        file ids: the one check that needs to know the account
"""

from collections.abc import Container, Mapping
from typing import Any

from claude_cli.simulator.checks.cache import check_cache
from claude_cli.simulator.checks.headers import Dialect, check_headers
from claude_cli.simulator.checks.messages import check_messages
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.parameter_shapes import check_count_shape, check_message_shape
from claude_cli.simulator.checks.parameters import check_model, check_parameters
from claude_cli.simulator.checks.prompt import output_format
from claude_cli.simulator.checks.schema import Subschema, check_strict_schemas
from claude_cli.simulator.checks.tokens import count_input
from claude_cli.simulator.checks.tools import check_tools, strict_schemas
from claude_cli.simulator.wire.rejections import Rejection


def message_rejection(
    headers: Mapping[str, str], body: Any, signatures: Container[str] = ()
) -> Rejection | None:
    """Why the API would refuse this `POST /v1/messages`, or None. Header names in lower case."""
    try:
        check_message(body, check_headers(headers), signatures)
    except Rejection as rejection:
        return rejection
    return None


def count_rejection(headers: Mapping[str, str], body: Any) -> Rejection | None:
    """The same for `POST /v1/messages/count_tokens`."""
    try:
        check_count(body, check_headers(headers))
    except Rejection as rejection:
        return rejection
    return None


def check_message(body: Any, dialect: Dialect, signatures: Container[str] = ()) -> Model:
    """The model that answers a Messages request, or of a batch the `params`; else raises."""
    check_message_shape(body, dialect)
    return _check_content(body, dialect, signatures)


def check_count(body: Any, dialect: Dialect, signatures: Container[str] = ()) -> Model:
    check_count_shape(body, dialect)
    return _check_content(body, dialect, signatures)


def _check_content(body: dict[str, Any], dialect: Dialect, signatures: Container[str]) -> Model:
    model = check_model(body["model"])
    check_parameters(body, model, dialect)
    check_tools(body, model, dialect)
    check_messages(body, model, dialect, signatures)
    schemas = list(strict_schemas(body))
    if (schema := output_format(body)) is not None:
        schemas.append(Subschema("output_config.format.schema", schema))
    check_strict_schemas(schemas)
    check_cache(body)
    tokens = count_input(body)
    if tokens > model.max_input_tokens:
        told = f"prompt is too long: {tokens} tokens > {model.max_input_tokens} maximum"
        raise Rejection(400, told)
    return model
