"""Command lines as they may be shown."""

import pytest

from claude_cli.values.secrecy import REDACTED
from claude_cli.values.shown_command import secrets_in_command, shown_command


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["npx", "-y", "files", "/path"], "npx -y files /path"),
        (["npx", "--token", "s3cret", "/path"], f"npx --token '{REDACTED}' /path"),
        (["npx", "--api-key=s3cret", "--port=80"], f"npx '--api-key={REDACTED}' --port=80"),
        (["docker", "-e", "A_TOKEN=s3cret", "x"], f"docker -e 'A_TOKEN={REDACTED}' x"),
        (["docker", "-e", "A_TOKEN", "x"], "docker -e A_TOKEN x"),
        (["x", "-H", "Authorization: Bearer s3cret"], f"x -H 'Authorization: Bearer {REDACTED}'"),
        (["x", "--header=Cookie:s3cret"], f"x '--header=Cookie:{REDACTED}'"),
        (["x", "https://me:s3cret@host/"], f"x 'https://me:{REDACTED}@host/'"),
        (["x", "https://host/?token=s3cret"], f"x 'https://host/?{REDACTED}'"),
        (["x", "--db=postgres://me:s3cret@host/db"], f"x '--db=postgres://me:{REDACTED}@host/db'"),
        (["x", "--key", "k1", "--token", "k12"], f"x --key '{REDACTED}' --token '{REDACTED}'"),
        (["x", "--token", "--verbose"], "x --token --verbose"),
        (["x", "--token", "${MY_TOKEN}"], "x --token '${MY_TOKEN}'"),
        (["x", "--token=${MY_TOKEN}"], "x '--token=${MY_TOKEN}'"),
    ],
)
def test_what_may_be_a_secret_is_left_out_and_the_rest_stays(words: list[str], shown: str) -> None:
    assert shown_command(words) == shown


def test_the_secrets_are_told_as_they_may_be_repeated() -> None:
    words = ["x", "--token", "one", "-e", "A_KEY=two", "Authorization: Bearer three", "four"]
    assert [*secrets_in_command(words)] == ["one", "two", "three"]
