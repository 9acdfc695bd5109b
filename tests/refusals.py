"""What the system refuses, to root as well: room on the disk, locks."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

resource = pytest.importorskip("resource")


@contextmanager
def full_beyond(size: int) -> Iterator[None]:
    """No file of this process may have more than `size` bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_locks() -> Iterator[None]:
    """A file system that has no locks, as some network file systems have none."""

    def refuse(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fcntl.flock", refuse)
        yield


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))
