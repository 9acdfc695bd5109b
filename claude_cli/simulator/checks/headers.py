"""What the API refuses for its headers: credential, content type, `anthropic-version` and
`anthropic-beta`; and the dialect that the last two choose for the checks of the body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from claude_cli.simulator.checks.betas import named_betas
from claude_cli.simulator.checks.signature import SIGNED, check_signature
from claude_cli.simulator.wire.rejections import Rejection, invalid

STABLE_VERSION = "2023-06-01"
STRICT_VERSION = "2026-10-21"
"""The version that refuses sampling parameters and two uses of content blocks."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which API the headers ask for."""

    version: str = STABLE_VERSION
    betas: frozenset[str] = frozenset()
    batch: bool = False
    """Whether the request is an item of a batch."""

    @property
    def strict(self) -> bool:
        return self.version >= STRICT_VERSION

    def has_beta(self, *prefixes: str) -> bool:
        """Whether a beta of one of these families is switched on, whatever its day."""
        return any(beta.startswith(prefixes) for beta in self.betas)


def check_headers(headers: Mapping[str, str], *, json_body: bool = True) -> Dialect:
    """Raises the 401 or 400 for `headers` (names in lower case), or tells the dialect.

    Any credential will do; `x-api-key` wins where both are sent.
    """
    _check_credential(headers)
    dialect = Dialect(_version(headers), named_betas(headers))
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if json_body and content_type != "application/json":
        raise invalid("content-type", "the body should be sent as application/json")
    return dialect


def version_in(body: Mapping[str, Any], *, own: str) -> str:
    """The version that a cloud's body names: by a name of that cloud, or as in the header.

    Raises the 400 for a body that names none.
    """
    version = body.get("anthropic_version")
    if not isinstance(version, str) or not version:
        raise invalid("anthropic_version", "Field required")
    return STABLE_VERSION if version.startswith(own) else version


def _check_credential(headers: Mapping[str, str]) -> None:
    if headers.get("x-api-key", "").strip():
        return
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme == SIGNED:
        check_signature(headers)
        return
    if not (scheme.lower() == "bearer" and token.strip()):
        raise Rejection(401, "x-api-key: header is required")


def _version(headers: Mapping[str, str]) -> str:
    version = headers.get("anthropic-version")
    if not version:
        raise invalid("anthropic-version", "header is required")
    if version not in (STABLE_VERSION, STRICT_VERSION):
        known = f"{STABLE_VERSION} or {STRICT_VERSION}"
        raise invalid("anthropic-version", f"{version!r} is not served; use {known}")
    return version
