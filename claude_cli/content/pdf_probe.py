"""A script that `pdf.inspect` runs in a child process: stdin a PDF, stdout `[pages, encrypted]`.

It imports nothing of claude-cli, so that it runs wherever pypdf can be imported. Whatever goes
wrong, a traceback on stderr and an empty stdout are the answer "unknown".
"""

import contextlib
import io
import json
import sys

_MEMORY = 1 << 30
_CPU_SECONDS = 10


def _limit_ourselves() -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's timeout is all there is
        return
    for kind, most in ((resource.RLIMIT_CPU, _CPU_SECONDS), (resource.RLIMIT_AS, _MEMORY)):
        # Refused where the limit is lower already, and for memory by some macOS releases.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _facts(data: bytes) -> tuple[int | None, bool]:
    import pypdf
    from pypdf.errors import DependencyError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    except (DependencyError, NotImplementedError):  # both come from ciphers alone
        return None, True
    return (None, True) if reader.is_encrypted else (len(reader.pages), False)


if __name__ == "__main__":
    _limit_ourselves()
    print(json.dumps(_facts(sys.stdin.buffer.read())))
