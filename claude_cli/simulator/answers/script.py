"""Replies written beforehand: what `--script FILE` and `Simulator.enqueue` take.

The file is JSON Lines: one object, one reply, in the order in which they are asked for. An object
may also spread over several lines, and several may stand in a list. A file that ends in .toml has
the replies as `[[reply]]` tables. After the last reply the simulator answers by itself again. A
reply says one of

    {"text": "Hello."}
    {"content": [{"type": "tool_use", "name": "get_weather", "input": {"city": "Taipei"}}]}
    {"error": {"status": 529, "type": "overloaded_error", "message": "Busy", "headers": {}}}
    {"sse": "event: ping\\ndata: {}\\n\\n"}                 sent as it stands, stream or not
    {"raw": {"status": 200, "headers": {}, "body": "<html>"}}

and beside it, where it makes sense,

    "repeat": 3                 the same reply for three requests
    "delta_characters": 5       of text in one delta of the stream
    "id", "model", "stop_reason", "stop_sequence", "stop_details", "usage", "container",
    "context_management", "diagnostics", "input_transformations"
                                fields of the message; `usage` only where it differs

so that a message as `--format json` prints it is a reply, too. Missing ids, signatures, stop
reason and token counts are filled in; `max_tokens` and stop sequences do not cut what was scripted.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from claude_cli.disk import inputfile
from claude_cli.errors import InputError
from claude_cli.simulator.answers.scripted import Scripted, check_reply
from claude_cli.simulator.wire.rejections import Rejection
from claude_cli.values.documents import read_toml

SIZE_LIMIT = 256_000_000
"""Bytes of a script file."""
_NOT_BLANK = re.compile(r"\S")


class Script:
    """The replies still to come, in order. Thread safe."""

    def __init__(self) -> None:
        self._replies: deque[Scripted] = deque()
        self._lock = threading.Lock()
        self.signatures: set[str] = set()
        """Of scripted thinking blocks: taken when they come back."""

    def add(self, fields: dict[str, Any]) -> None:
        """Raises InputError where `fields` are no reply."""
        try:
            check_reply(fields)
        except Rejection as rejection:
            raise InputError(f"not a scripted reply: {rejection.message}") from rejection
        scripted = Scripted(fields)
        scripted.prepare()
        with self._lock:
            self.signatures.update(scripted.signatures)
            self._replies.extend([scripted] * fields.get("repeat", 1))

    def next(self) -> Scripted | None:
        with self._lock:
            return self._replies.popleft() if self._replies else None


def load_script(path: Path) -> Script:
    """The script in a file; InputUnreadable, or InputError that names file and place."""
    script, text = Script(), _read(path)
    replies = _tables(path, text) if path.suffix == ".toml" else _objects(path, text)
    for place, fields in replies:
        try:
            script.add(fields)
        except InputError as error:
            raise InputError(f"{place}: {error.message}") from error
    return script


def _tables(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """The `[[reply]]` tables, each with its place; a date in them is a text, as in JSON."""
    document = read_toml(text, str(path))
    replies = document.get("reply")
    if not isinstance(replies, list) or len(document) > 1:
        raise InputError(f"{path}: a script has [[reply]] tables, and nothing else")
    for number, fields in enumerate(replies, 1):
        yield f"{path}: reply {number}", json.loads(json.dumps(fields, default=str))


def _objects(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """The JSON values, lists taken apart, each with the place where it begins."""
    decoder, position, line = json.JSONDecoder(), 0, 1
    while match := _NOT_BLANK.search(text, position):
        line += text.count("\n", position, match.start())
        try:
            value, position = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{line}: not JSON: {error}") from error
        if isinstance(value, list):
            for number, fields in enumerate(value, 1):
                yield f"{path}:{line}: reply {number}", fields
        else:
            yield f"{path}:{line}", value
        line += text.count("\n", match.start(), position)


def _read(path: Path) -> str:
    content = inputfile.read_bytes(path, limit=SIZE_LIMIT)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the script {path} is not UTF-8 at byte {error.start}") from error
