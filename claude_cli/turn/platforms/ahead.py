"""Whether a command line is sure to send, and where: the connection is begun before the rest of
the program is loaded. What this module imports is needed anyhow, and little.
"""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from claude_cli.api.address import parse
from claude_cli.api.network.proxy import choose_proxy
from claude_cli.commandline.flags.asked import Asked
from claude_cli.errors import ClaudeCliError
from claude_cli.turn.platforms.place import choose, place_of


def connect_ahead(asked: Asked) -> None:
    """Begin to connect to where the request will go: over https and past no proxy.

    What is wrong with flags or environment is told by whoever looks at them in their turn.
    """
    flags, preview = asked.connection, asked.preview
    if flags.is_free or preview.dry_run or preview.curl or preview.save is not None:
        return
    with suppress(ClaudeCliError):
        place = place_of(choose(flags, os.environ)[0], flags, os.environ, offline=False)
        address = parse(place.base_url)
        if address is None or address.scheme != "https":
            return
        if choose_proxy(address, flags.proxy, os.environ) is None:
            from claude_cli.api.network.ahead import begin
            from claude_cli.api.network.tls import trusting_context

            bundle = Path(flags.ca_bundle) if flags.ca_bundle else None
            begin((address.host, address.port), partial(trusting_context, bundle, os.environ))
