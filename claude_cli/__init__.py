"""claude-cli: Anthropic's Messages API from the terminal."""

__version__ = "0.1.0"
