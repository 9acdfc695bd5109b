"""A job through `/v1/messages`: several rows at a time, each answer handed out as it comes."""

import json
import queue
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

from claude_cli.api import messages
from claude_cli.api.accumulate import Accumulator
from claude_cli.api.client import ApiClient
from claude_cli.api.failures import STATUS_OF_TYPE, AskedToWait, is_spend_limit
from claude_cli.disk.appendlog import encode_line
from claude_cli.errors import AccessDenied, ClaudeCliError, ConfigError, ProtocolError, Unreachable
from claude_cli.jobs.results import Result
from claude_cli.jobs.throttle import TOO_MUCH, Throttle
from claude_cli.types import Message
from claude_cli.values.strict_json import EXCERPT

MOST_TRIES = 20
"""How often a row is tried that the server is too busy for, beside the client's own retries."""

FATAL = (AccessDenied, ConfigError, Unreachable)
"""Failures that no row is to blame for: the next one would have them too."""

_LABELLED = re.compile(r"\d{3} (?P<kind>[a-z_]+): (?P<message>.*)", re.DOTALL)
"""How an error names what the API said: status, type, message."""

_TYPE_OF_STATUS = {status: kind for kind, status in STATUS_OF_TYPE.items()}


Instead = Callable[[dict[str, Any], ClaudeCliError], dict[str, Any] | None]


class Question(NamedTuple):
    """A row to be sent: `body` is the request, JSON."""

    row: int
    custom_id: str
    body: bytes


class LiveAnswer(NamedTuple):
    """A row that came back: `line` is what the Batches API would say of it, `result` the same."""

    row: int
    line: bytes
    result: Result


class LiveRun:
    """Sends rows from threads of its own; iterate to have the answers. Use it in a `with`.

    Each step gives the answers that have come meanwhile, one at least. At most `concurrency` rows
    are under way or in the caller's hands: what is killed repeats no more. `allows` is asked,
    with how many there are, before each further one; after `stop` there is none. `instead` gives
    what to send in place of a request that failed before its first word. The iteration ends with
    the rows that were begun. Raises what stands in the way of every row: AccessDenied,
    ConfigError, Unreachable, a spend limit, a wait that is too long.
    """

    def __init__(
        self,
        client: ApiClient,
        questions: Iterator[Question],
        concurrency: int,
        *,
        stream: bool,
        allows: Callable[[int], bool] = lambda under_way: True,
        instead: Instead = lambda body, error: None,
    ) -> None:
        self._client = client
        self._questions = questions
        self._stream = stream
        self._throttle = Throttle(concurrency, client.observer)
        self._observer = client.observer
        self._asked: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._answered: queue.SimpleQueue[LiveAnswer | BaseException] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(concurrency)
        ]
        self._allows = allows
        self._instead = instead
        self._under_way = 0
        self._stopped = False

    def __enter__(self) -> Self:
        self._client.observer = self._throttle
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        for _ in self._threads:
            self._asked.put(None)
        self._client.observer = self._observer

    def stop(self) -> None:
        self._stopped = True

    def __iter__(self) -> Iterator[list[LiveAnswer]]:
        failure: BaseException | None = None
        while self._fill():
            arrived = self._arrived()
            answers = [answer for answer in arrived if isinstance(answer, LiveAnswer)]
            for error in arrived:
                if isinstance(error, BaseException):
                    failure = failure or error
                    self.stop()  # the answers that are under way are paid for: they are waited for
            if answers:
                yield answers
            self._under_way -= len(arrived)
        if failure is not None:
            raise failure

    def _arrived(self) -> list[LiveAnswer | BaseException]:
        """What has come: one is waited for."""
        arrived = [self._answered.get()]
        while not self._answered.empty():
            arrived.append(self._answered.get())
        return arrived

    def _fill(self) -> int:
        """Begin what may be begun; return how many are under way."""
        while self._under_way < len(self._threads) and not self._stopped:
            if not self._allows(self._under_way) or not (question := next(self._questions, None)):
                break
            self._asked.put(question)
            self._under_way += 1
        return self._under_way

    def _work(self) -> None:
        while (question := self._asked.get()) is not None:
            try:
                self._answered.put(self._answer(question))
            except BaseException as error:
                self._answered.put(error)

    def _answer(self, question: Question) -> LiveAnswer:
        body = {**json.loads(question.body), "stream": self._stream}
        for tries_left in range(MOST_TRIES, 0, -1):
            self._throttle.enter()
            succeeded = False
            accumulator = Accumulator()
            try:
                message = _send(self._client, body, accumulator)
                succeeded = True
                return _success(question, message)
            except ClaudeCliError as error:
                if isinstance(error, FATAL) or is_spend_limit(error):
                    raise
                if not accumulator.delta_arrived and (other := self._instead(body, error)):
                    body = other
                    continue
                if isinstance(error, AskedToWait):
                    raise
                if error.status not in TOO_MUCH or error.is_final or tries_left == 1:
                    return _failure(question, error)
            finally:
                self._throttle.leave(succeeded=succeeded)
        raise AssertionError("the last try returns or raises")


def _send(client: ApiClient, body: dict[str, Any], accumulator: Accumulator) -> Message:
    """Raises ProtocolError for a call that is no JSON, unless max_tokens cut it."""
    with messages.stream(client, body) as stream:
        for event in stream:
            accumulator.add(event)
    message = accumulator.message
    if message.get("stop_reason") != "max_tokens":
        for text in accumulator.unparsed_inputs.values():
            raise ProtocolError(f"the input of a call is not JSON: {text[:EXCERPT]}")
    return message


def _success(question: Question, message: Message) -> LiveAnswer:
    return _came_back(question, {"type": "succeeded", "message": message})


def _failure(question: Question, error: ClaudeCliError) -> LiveAnswer:
    kind, message = _TYPE_OF_STATUS.get(error.status or 0, "api_error"), error.message
    if labelled := _LABELLED.fullmatch(message):
        kind, message = labelled["kind"], labelled["message"]
    envelope = {"type": "error", "error": {"type": kind, "message": message}}
    error_and_id = envelope | {"request_id": error.request_id}
    return _came_back(question, {"type": "errored", "error": error_and_id})


def _came_back(question: Question, result: dict[str, Any]) -> LiveAnswer:
    value = {"custom_id": question.custom_id, "result": result}
    return LiveAnswer(question.row, encode_line(value)[:-1], Result(question.custom_id, result))
