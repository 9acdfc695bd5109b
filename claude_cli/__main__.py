"""`python -m claude_cli` is the same program as `claude-cli`."""

from claude_cli.app import main

if __name__ == "__main__":
    main()
