"""The simulator itself: a local Messages API over real HTTP, on the loopback interface alone."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from claude_cli.cassette.player import Cassette
from claude_cli.simulator.answers.script import Script, load_script
from claude_cli.simulator.server.connection import Connection
from claude_cli.simulator.server.listener import Listener
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.state.batch_store import Batches
from claude_cli.simulator.state.file_store import Files
from claude_cli.simulator.state.skill_store import Skills
from claude_cli.simulator.wire.exchange import Received, RequestLog
from claude_cli.simulator.wire.faults import FaultQueue


class Simulator:
    """A Messages API that costs nothing. Start it by `with`, or by `start` and `close`.

    `script`: replies, as a file or one by one (see `script`). `faults`: as on the command line
    (see `faults`). `latency`: seconds before a response begins. `on_reply` is called from the
    connection's thread when a request is over. `cassette` answers in place of all that.
    `models`: further names, such as deployments, and the catalogue's for them.

    After `close`, `start` listens again, on a new port unless one was named, and everything is
    still there: batches, files, the rest of the script.

    Raises UsageError for an unknown fault or a port that cannot be had, InputError and
    InputUnreadable for a script.
    """

    def __init__(
        self,
        port: int = 0,
        script: Path | Iterable[Mapping[str, Any]] | None = None,
        faults: Iterable[str] = (),
        latency: float = 0.0,
        tokens_per_second: float | None = None,
        on_reply: Callable[[Received], None] | None = None,
        cassette: Cassette | None = None,
        models: Mapping[str, str] | None = None,
    ) -> None:
        self._account = Account(
            script=_script(script),
            faults=FaultQueue(faults),
            latency=latency,
            tokens_per_second=tokens_per_second,
            cassette=cassette,
            models=models or {},
        )
        self._port = port
        self._log = RequestLog()
        self._on_reply = on_reply or (lambda received: None)
        self._listener: Listener | None = None

    def start(self) -> Self:
        """Listens from now on."""
        self._listener = Listener(self._port, Connection, self._account, self._log, self._on_reply)
        self._listener.start()
        return self

    def close(self) -> None:
        """Ends every connection and forgets nothing: `requests` can still be read."""
        if self._listener:
            self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """Without a trailing slash; any path may be put behind it, before `/v1`."""
        if self._listener is None:
            raise RuntimeError("the simulator has not been started")
        return f"http://{self._listener.authority}"

    @property
    def requests(self) -> list[Received]:
        """The requests that came, oldest first, the last thousand of them."""
        return list(self._log)

    @property
    def files(self) -> Files:
        """What was uploaded."""
        return self._account.files

    @property
    def skills(self) -> Skills:
        """Anthropic's, and what was uploaded."""
        return self._account.skills

    @property
    def batches(self) -> Batches:
        """What was made of the batches that came, and how the next ones shall fare."""
        return self._account.batches

    def enqueue(self, **reply: Any) -> None:
        """Adds a reply to the script, its fields as arguments; `sse` and a raw body may be bytes.

        Raises InputError where the fields are no reply.
        """
        self._account.script.add(reply)

    def inject(self, *faults: str) -> None:
        """Adds faults; raises UsageError for one that is not known."""
        self._account.faults.add(faults)


def _script(source: Path | Iterable[Mapping[str, Any]] | None) -> Script:
    if isinstance(source, Path):
        return load_script(source)
    script = Script()
    for fields in source or ():
        script.add(dict(fields))
    return script
