"""What the API refuses in a body, check after check; the first that finds something raises.

parameter_shapes    names, types and ranges of fields   (block_shapes, tool_shapes, shapes)
parameters          model, limits, thinking, effort, sampling
tools               names, options, tool_choice
messages            roles, empty turns, tool results, prefill   (open_calls)
binding             thinking that comes back
schema              schemas that a model can be held to
cache               breakpoints
images              their number and their size
"""

from collections.abc import Container
from typing import Any, NamedTuple

from claude_cli.simulator.checks.binding import bind
from claude_cli.simulator.checks.cache import check_cache
from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.images import check_images
from claude_cli.simulator.checks.messages import check_messages
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.parameter_shapes import check_count_shape, check_message_shape
from claude_cli.simulator.checks.parameters import check_model, check_parameters
from claude_cli.simulator.checks.prompt import output_format
from claude_cli.simulator.checks.schema import Subschema, check_strict_schemas
from claude_cli.simulator.checks.tokens import count_input
from claude_cli.simulator.checks.tools import check_tools, strict_schemas
from claude_cli.simulator.wire.rejections import Rejection


class Checked(NamedTuple):
    """A request that the API takes."""

    body: dict[str, Any]
    """As the model is given it: without thinking that is not valid any more."""
    model: Model
    transformations: list[dict[str, str]]
    """What is left out, as `input_transformations` tells it."""


def check_message(body: Any, dialect: Dialect, signatures: Container[str] = ()) -> Checked:
    """Raises a Rejection for a Messages request, or the `params` of a batch, that is refused."""
    check_message_shape(body, dialect)
    checked = _check_content(body, dialect, signatures)
    check_images(body, checked.model)
    return checked


def check_count(body: Any, dialect: Dialect, signatures: Container[str] = ()) -> Checked:
    """The same for count_tokens."""
    check_count_shape(body, dialect)
    return _check_content(body, dialect, signatures)


def _check_content(body: dict[str, Any], dialect: Dialect, signatures: Container[str]) -> Checked:
    model = check_model(body["model"])
    check_parameters(body, model, dialect)
    check_tools(body, model, dialect)
    check_messages(body, model, dialect)
    body, transformations = bind(body, model, dialect, signatures)
    schemas = list(strict_schemas(body))
    if (schema := output_format(body)) is not None:
        schemas.append(Subschema("output_config.format.schema", schema))
    check_strict_schemas(schemas)
    check_cache(body)
    tokens = count_input(body)
    if tokens > model.max_input_tokens:
        problem = f"prompt is too long: {tokens} tokens > {model.max_input_tokens} maximum"
        raise Rejection(400, problem)
    return Checked(body, model, transformations)
