"""What a path is that is no regular file."""

import stat

_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(mode: int) -> str:
    """`st_mode` in words: "a folder", "a named pipe", …"""
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "something else")
