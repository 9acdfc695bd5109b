"""Goes on with an answer that was cut: `--go-on`, `--until-done`, `/continue` in a chat. Pure but
for the model catalogue.

The rest is asked for by prefill where the model takes that, else in words. The parts make one
message, and one record of the session.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from claude_cli.errors import UsageError
from claude_cli.models import catalog
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import add_usage
from claude_cli.session.containers import with_container
from claude_cli.session.format import Record
from claude_cli.session.resend import THINKING, answer_content
from claude_cli.session.transcript import Transcript
from claude_cli.turn.going_on.seam import Seam, of_blanks, overlap, without_repetition
from claude_cli.turn.parameters import auto_tool_choice
from claude_cli.turn.stop_reasons import CUTS
from claude_cli.types import ContentBlock, Message, RequestBody, StreamEvent, Usage

GO_ON: ContentBlock = {
    "type": "text",
    "text": "Your answer was cut off. Go on exactly where it stopped, with its very next "
    "character: repeat nothing of it, add no remark, do not open a code block that is open.",
}


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer that was cut: its message, and the `prefill` that it continues. In a request that
    asks for the rest it stands in `messages` at `place`."""

    message: Message
    prefill: str
    place: int

    @property
    def content(self) -> list[ContentBlock]:
        """What of the message can be gone on with: no calls, for a call that was cut never runs."""
        return self._blocks("")

    @property
    def sent_again(self) -> list[ContentBlock]:
        """The same behind its prefill, as the answer that a request goes on with."""
        return self._blocks(self.prefill)

    @property
    def said(self) -> str:
        return "".join(str(block.get("text", "")) for block in self.sent_again)

    @property
    def ends_in_words(self) -> bool:
        """Whether it was cut at max_tokens in the middle of its words, and not of a call."""
        last = self.message.get("content", [])[-1:]
        is_cut = self.message.get("stop_reason") == "max_tokens"
        return is_cut and [block["type"] for block in last] == ["text"]

    def rest_in(self, events: Iterable[StreamEvent], body: RequestBody) -> Iterator[StreamEvent]:
        """The events of the rest, which `body` asks for, without what they repeat."""
        is_prefilled = body["messages"][-1]["role"] == "assistant"
        seam = Seam(self.said, of_blanks if is_prefilled else overlap)
        return without_repetition(events, seam)

    def joined(self, rest: Message, asked: str) -> Message:
        """The answer with its `rest`, as one message: the usage of both, and of the thinking only
        what came first. With a rest that adds nothing it stays cut at max_tokens. `asked` is the
        model that was asked for."""
        if self.ends_in_words and not any(map(_says_something, rest.get("content", []))):
            return {**self.message, "usage": self._usage(rest, asked)}
        content = self.content
        more = [block for block in rest.get("content", []) if block["type"] not in THINKING]
        more = [block for block in more if block["type"] != "text" or block.get("text")]
        if content and more and _is_plain(content[-1]) and _is_plain(more[0]):
            content[-1] = {**content[-1], "text": content[-1]["text"] + more.pop(0)["text"]}
        return {**rest, "content": [*content, *more], "usage": self._usage(rest, asked)}

    def _usage(self, rest: Message, asked: str) -> Usage:
        spent = add_usage({}, billed_usage(self.message, asked))
        usage: Any = add_usage(spent, billed_usage(rest, asked))
        usage.pop("iterations", None)  # they are in the sums
        return usage  # type: ignore[no-any-return]

    def _blocks(self, prefill: str) -> list[ContentBlock]:
        record: Record = {"kind": "assistant", "id": "", "parent": None, "status": "partial"}
        record["message"], record["prefill"] = self.message, prefill
        return [block for block in answer_content(record) if block["type"] != "tool_use"]


def begun_by(body: RequestBody, message: Message, prefill: str) -> Begun:
    """The answer to a request, whose last message is the prefill if there is one."""
    has_prefill = bool(prefill) and body["messages"][-1]["role"] == "assistant"
    return Begun(message, prefill, len(body["messages"]) - has_prefill)


def check_was_cut(transcript: Transcript) -> None:
    """Raises UsageError unless the last answer of a conversation was cut."""
    if not was_cut(transcript):
        raise UsageError("there is no answer that was cut", hint="ask with a prompt instead")


def was_cut(transcript: Transcript) -> bool:
    """Whether the last answer of a conversation can be gone on with."""
    last = transcript.last_answer
    return last is not None and last["kind"] == "assistant" and _is_cut(last)


def _is_cut(answer: Record) -> bool:
    reason = answer["message"].get("stop_reason")
    return answer.get("status") == "partial" or (reason in CUTS and reason != "refusal")


def cut_answer(transcript: Transcript, body: RequestBody) -> Begun:
    """The last answer of a conversation, which `body` asks for the rest of. Raises UsageError where
    it is not in the body."""
    record = transcript.last_answer
    assert record
    places = [n for n, said in enumerate(body["messages"]) if said["role"] == "assistant"]
    if not places:
        raise UsageError("the answer that was cut is not sent", hint="leave out --history 0")
    return Begun(record["message"], record.get("prefill") or "", places[-1])


def without_answer(body: RequestBody, begun: Begun) -> RequestBody:
    """The request that was answered with what is `begun`."""
    return {**body, "messages": body["messages"][: begun.place]}


def with_answer(body: RequestBody, begun: Begun) -> RequestBody:
    """The request, with its answer at the end."""
    messages = without_answer(body, begun)["messages"]
    said = {"role": "assistant", "content": begun.sent_again}
    return {**with_container(body, begun.message), "messages": [*messages, said]}


def request_of_rest(body: RequestBody) -> RequestBody:
    """A request that asks for the rest of the answer in which the messages of `body` end, or of
    the one that results of tools follow. It has no `format`: the answer would begin anew."""
    body = auto_tool_choice(body)
    if config := body.get("output_config"):
        body["output_config"] = {k: value for k, value in config.items() if k != "format"}
        if not body["output_config"]:
            del body["output_config"]
    *messages, last = body["messages"]
    if last["role"] == "user":
        blocks = last["content"]
        messages.append({**last, "content": [*blocks, GO_ON]})
    elif catalog.takes_prefill(body) and (prefill := _without_last_blanks(last["content"])):
        messages.append({**last, "content": prefill})
    else:
        messages += [last, {"role": "user", "content": [GO_ON]}]
    return {**body, "messages": messages}


def _without_last_blanks(content: list[ContentBlock]) -> list[ContentBlock]:
    """The content as a prefill, at whose end the API takes no blanks; empty if it can be none."""
    if not content or content[-1].get("citations"):
        return []
    text = content[-1]["text"].rstrip()
    return [*content[:-1], {**content[-1], "text": text}] if text else []


def _is_plain(block: ContentBlock) -> bool:
    return block["type"] == "text" and not block.get("citations")


def _says_something(block: ContentBlock) -> bool:
    if block["type"] == "text":
        return bool(str(block.get("text", "")).strip())
    return block["type"] not in THINKING
