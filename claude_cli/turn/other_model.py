"""A request that another model is to answer: without what that model does not take.

`--fallback` asks another model when the first is not there or too busy, `compare` asks several.
Pure but for the model catalogue.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from claude_cli.errors import ClaudeCliError
from claude_cli.models import catalog
from claude_cli.models.facts import ModelFacts, undated
from claude_cli.models.names import PLAIN, ModelNames
from claude_cli.session.resend import THINKING
from claude_cli.turn.assignment import holds, without
from claude_cli.turn.toolcalls import SERVER_TOOLS
from claude_cli.types import MessageParam, RequestBody

MAY_GO = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "thinking": "thinking",
    "output_config.effort": "effort",
    "output_config.format": "the schema",
    "tool_choice": "tool_choice",
}
"""Places of a body that can be left out, and what they are called; in the order of trying."""


@dataclass(frozen=True, slots=True)
class OtherModel:
    """A model, by the name that is sent; `names` leads to what is known of it."""

    model: str
    names: ModelNames = PLAIN

    @property
    def facts(self) -> ModelFacts:
        return catalog.facts(self.names.known_as(self.model))

    def stands_in(self, error: ClaudeCliError, body: RequestBody) -> bool:
        """Whether the model is to answer `body` after `error`: the first one is not there, or the
        server is too busy for it.

        Not where it takes no start of an answer and the body has one: that cannot be left out.
        """
        if body["model"] == self.model:
            return False
        prefilled = bool(body["messages"]) and body["messages"][-1]["role"] == "assistant"
        if prefilled and self.facts.prefill is False:
            return False
        status = error.status or 0
        if status == 404:
            return undated(body["model"]) in error.message
        return 500 <= status < 600

    def asked(self, body: RequestBody) -> tuple[RequestBody, list[str]]:
        """The body as the model takes it, as far as is known, and the names of what was left out.

        Thinking is bound to the model whose it is: it stays away from another one.
        """
        before, known = self.names.known_as(body["model"]), self.facts
        body = _shortened({**body, "model": self.model}, known)
        left_out = []
        for place, called in MAY_GO.items():
            if holds(body, place) and self._refuses_less(lighter := without(body, place), body):
                body = lighter
                left_out.append(called)
        if body.get("speed") == "fast" and known.fast in (None, "no"):
            body = without(body, "speed")
            left_out.append("speed")
        if isinstance(tools := body.get("tools"), list):
            body["tools"] = [tool_for(t, before, self.names.known_as(self.model)) for t in tools]
        messages = [*_without_thinking(body["messages"])]
        if messages != body["messages"]:
            left_out.append("the thinking so far")
            body["messages"] = messages
            if _is_in_a_tool_loop(messages) and _budget(body) is not None:
                body = without(body, "thinking")  # the API wants all of a turn to think, or none
        return body, left_out

    def _refuses_less(self, lighter: RequestBody, body: RequestBody) -> bool:
        with_it, without_it = map(self.names.catalogue_body, (body, lighter))
        return len(catalog.warnings(without_it)) < len(catalog.warnings(with_it))


def _shortened(body: RequestBody, known: ModelFacts) -> RequestBody:
    """With no longer an answer than the model writes, and no thinking that leaves no room in it."""
    most, asked = known.max_output, body.get("max_tokens")
    if not most or type(asked) is not int or asked <= most:
        return body
    body = {**body, "max_tokens": most}
    return without(body, "thinking") if (_budget(body) or 0) >= most else body


def _budget(body: RequestBody) -> int | None:
    thinking = body.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    return budget if isinstance(budget, int) else None


def tool_for(tool: Any, before: str, model: str) -> Any:
    """A server tool that was chosen by its plain name, as another model takes it."""
    for name in SERVER_TOOLS:
        old, new = catalog.server_tool(name, before), catalog.server_tool(name, model)
        if isinstance(tool, dict) and old and new and old.items() <= tool.items():
            return {**new, **{key: value for key, value in tool.items() if key not in old}}
    return tool


def _without_thinking(messages: list[MessageParam]) -> Iterator[MessageParam]:
    for message in messages:
        content = message["content"]
        if message["role"] == "assistant" and isinstance(content, list):
            kept = [block for block in content if block["type"] not in THINKING]
            if kept != content:
                message = {"role": "assistant", "content": kept}
        yield message


def _is_in_a_tool_loop(messages: list[MessageParam]) -> bool:
    content = messages[-1]["content"]
    return isinstance(content, list) and any(block["type"] == "tool_result" for block in content)
