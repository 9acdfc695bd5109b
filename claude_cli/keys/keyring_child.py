"""The child process that talks to the system's keyring: `get`, `set` (key on stdin) or `delete`.

It imports nothing of claude_cli, so that it can be run by its path.
"""

import sys
from importlib import import_module

SERVICE, ACCOUNT = "claude-cli", "api-key"
NO_BACKEND = 3


def main(verb: str) -> None:
    """Do one thing; what was found goes to stdout, a failure's reason to stderr."""
    keyring, errors = import_module("keyring"), import_module("keyring.errors")
    try:
        if verb == "set":
            keyring.set_password(SERVICE, ACCOUNT, sys.stdin.read())
            return
        stored = keyring.get_password(SERVICE, ACCOUNT)
        if verb == "get":
            sys.stdout.write(stored or "")
        elif stored is not None:
            keyring.delete_password(SERVICE, ACCOUNT)
            sys.stdout.write("deleted")
    except errors.NoKeyringError:
        sys.exit(NO_BACKEND)
    except errors.KeyringError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(sys.argv[1])
