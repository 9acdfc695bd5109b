"""What models are called: by the user, in the catalogue, on the platform that serves them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from claude_cli.models import catalog
from claude_cli.types import RequestBody


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ModelNames:
    """The names that the config file has for models, and the platform that is to know them.

    `aliases`: what the user calls a model → any other name of it. `catalogued`: a name that only
    the platform knows, such as a deployment or an ARN → the name in the catalogue, where its facts
    and prices are.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    catalogued: Mapping[str, str] = field(default_factory=dict)
    platform: str = catalog.DIRECT

    @property
    def own(self) -> list[str]:
        """The names that only the config file has."""
        return [*dict.fromkeys([*self.aliases, *self.catalogued])]

    def resolve(self, name: str) -> str:
        """What a user calls a model → the name that is sent; an unknown one stays as it is."""
        meant = self.aliases.get(name, name)
        is_of_platform = meant in self.catalogued
        return meant if is_of_platform else catalog.resolve_alias(meant, self.platform)

    def known_as(self, model: str) -> str:
        """The name under which the facts of a model are found."""
        return self.catalogued.get(model, model)

    def catalogue_name(self, name: str) -> str:
        """What a user calls a model → the name under which its facts are found."""
        return self.known_as(self.resolve(name))

    def catalogue_body(self, body: RequestBody) -> RequestBody:
        """`body` with the model's name in the catalogue: what checks of the model read."""
        model = body.get("model")
        return {**body, "model": self.known_as(model)} if isinstance(model, str) else body


PLAIN = ModelNames()
"""No names but those of the catalogue."""
