"""Who we are to a cloud: a token that expires, or a signature made for each try."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from claude_cli.api.authorizer import BodyHash
from claude_cli.api.cloud.sigv4 import Scope, signature_headers
from claude_cli.api.headers import Headers
from claude_cli.types import AwsKey


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that expires: `fetch` gives the one that is valid now, or, when asked, a new one."""

    fetch: Callable[[bool], str] = field(repr=False)
    extra: Sequence[tuple[str, str]] = ()
    """Further lines that go with it, such as the project that pays."""
    account: str | None = None
    """Whose it is, where that is known."""

    def lines(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body_hash: BodyHash
    ) -> Headers:
        return [("authorization", f"Bearer {self.fetch(False)}"), *self.extra]

    def renew(self) -> bool:
        self.fetch(True)
        return True


@dataclass(frozen=True, slots=True)
class AwsSignature:
    """Requests signed with an AWS key: `fetch` gives the one that is valid now, or a new one."""

    fetch: Callable[[bool], AwsKey] = field(repr=False)
    scope: Scope
    can_renew: bool

    def lines(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body_hash: BodyHash
    ) -> Headers:
        return signature_headers(
            method,
            url,
            headers,
            body_hash(),
            key=self.fetch(False),
            scope=self.scope,
            now=datetime.now(UTC),
        )

    def renew(self) -> bool:
        if self.can_renew:
            self.fetch(True)
        return self.can_renew
