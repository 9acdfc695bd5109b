"""What goes wrong on the way to the API, in our terms; httpcore's exceptions end here.

`ConnectFailed` means that nothing was sent, `ConnectionLost` that the request may have been
carried out although its answer did not arrive, or not whole.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

from claude_cli.api.network.proxy import Proxy
from claude_cli.api.network.watch import Watch
from claude_cli.errors import ClaudeCliError, ProtocolError, TemporaryFailure, Unreachable


class ConnectFailed(Unreachable):
    """No connection came about; another try may find one."""


class ConnectionLost(TemporaryFailure):
    """The connection broke before the answer was complete."""


def connect_failure(error: Exception, peer: str, limit: float) -> Unreachable:
    """Return why no TCP connection to `peer` came about, from what httpcore raised."""
    if isinstance(error, httpcore.ConnectTimeout):
        return ConnectFailed(f"cannot reach {peer}: no connection within {limit:.3g} s")
    return ConnectFailed(f"cannot reach {peer}: {_reason(error)}")


def tls_failure(error: Exception, peer: str, limit: float) -> Unreachable:
    """Return why no TLS connection with `peer` came about, from what httpcore raised."""
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Unreachable(
            f"cannot trust {peer}: {cause.verify_message}",
            hint="if a proxy or a private authority signs it, name its certificate: --ca-bundle",
        )
    late = isinstance(error, httpcore.ConnectTimeout)
    what = f"no TLS handshake within {limit:.3g} s" if late else f"TLS failed: {_reason(error)}"
    # What speaks no TLS, or waits for us to speak first, will do so the next time too; a connection
    # that closes may be a passing fault.
    spoke = isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError)
    failure = Unreachable if late or spoke else ConnectFailed
    return failure(f"cannot reach {peer}: {what}", hint="does that port speak https at all?")


@contextmanager
def in_our_terms(peer: str, proxy: Proxy | None, watch: Watch) -> Iterator[None]:
    """Turn what httpcore raises in the block into our errors, most specific first."""
    try:
        yield
    except httpcore.ProxyError as error:
        raise Unreachable(f"{name_of_proxy(proxy)} refused: {error}") from error
    except httpcore.NetworkError as error:
        raise ConnectionLost(f"the connection to {peer} broke: {_reason(error)}") from error
    except httpcore.RemoteProtocolError as error:
        raise _broken_protocol(error, peer, watch) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise ProtocolError(f"the request could not be sent to {peer}: {error}") from error


def name_of_proxy(proxy: Proxy | None) -> str:
    """Return what to call `proxy`; its password is no part of it."""
    return f"the proxy {proxy} of {proxy.source}" if proxy else "a proxy"


def _broken_protocol(error: Exception, peer: str, watch: Watch) -> ClaudeCliError:
    if watch.peer_closed:
        return ConnectionLost(f"{peer} closed the connection before the answer was complete")
    return ProtocolError(f"{peer} does not answer in HTTP: {error}")


def _reason(error: Exception) -> str:
    """The system's own words for what happened, without error numbers and source lines."""
    cause = error.__cause__ or error
    words = getattr(cause, "strerror", None) or str(cause)
    return re.sub(r"\[.*?\] | \(_ssl\.c:\d+\)", "", words)
