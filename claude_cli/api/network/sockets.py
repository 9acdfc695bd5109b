"""What our TCP sockets are told."""

import socket

KEEPALIVE_SECONDS = 60


def socket_options() -> list[tuple[int, int, int]]:
    """Keep idle connections alive: a long silence is normal, and routers forget idle ones."""
    options: list[tuple[int, int, int]] = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))  # macOS's name
    for option, value in (
        (idle, KEEPALIVE_SECONDS),
        (getattr(socket, "TCP_KEEPINTVL", None), KEEPALIVE_SECONDS),
        (getattr(socket, "TCP_KEEPCNT", None), 5),
    ):
        if option is not None:
            options.append((socket.IPPROTO_TCP, option, value))
    return options
