"""What may be a secret, and texts without secrets."""

from claude_cli.values.secrecy import REDACTED, without


def test_a_secret_that_begins_with_another_one_is_hidden_whole() -> None:
    secrets = ["token-of-one", "token-of-one-and-more"]
    text = "token-of-one-and-more, token-of-one"
    assert without(secrets, text) == f"{REDACTED}, {REDACTED}"
