"""What a child process that reads something hostile may use; it limits itself before it reads."""

import contextlib

_MEMORY = 1 << 30
_CPU_SECONDS = 30


def limit_ourselves() -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's timeout is all there is
        return
    for kind, most in ((resource.RLIMIT_CPU, _CPU_SECONDS), (resource.RLIMIT_AS, _MEMORY)):
        # Refused where the limit is lower already, and for memory by some macOS releases.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
