"""A server over https that is far away: TLS before a server of this machine, and each piece of a
conversation on its way for half a round trip."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.faulty_server import tls_context

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def far_away(base_url: str, round_trip: float) -> Iterator[str]:
    """Give the https URL that reaches `base_url` over `round_trip` seconds."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    there = urlsplit(base_url)
    secure = _serve(loop, there.port or 80, 0.0, tls_context())
    yield f"https://127.0.0.1:{_serve(loop, secure, round_trip / 2, None)}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def _serve(
    loop: asyncio.AbstractEventLoop, onward: int, delay: float, context: ssl.SSLContext | None
) -> int:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", onward)
        await asyncio.gather(
            _carry(reader, their_writer, delay), _carry(their_reader, writer, delay)
        )

    async def begin() -> int:
        server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
        return int(server.sockets[0].getsockname()[1])

    return asyncio.run_coroutine_threadsafe(begin(), loop).result()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    while piece := await reader.read(65536):
        await asyncio.sleep(delay)
        writer.write(piece)
    writer.close()
