"""The words that Tab offers: models, sessions and the like. Each source is read when asked for."""

from collections.abc import Iterable, Iterator

from claude_cli.commandline.completion_kinds import Words
from claude_cli.config import Config


def _models() -> list[str]:
    from claude_cli.models.catalog import known_models

    config = _config()
    return [*config.aliases, *config.platform_models, *known_models()]


def _sessions() -> Iterator[str]:
    from claude_cli.session.store import Store

    for summary in Store().newest():
        yield summary.name or summary.id


def _profiles() -> Iterable[str]:
    return _config().table("profiles")


def _config() -> Config:
    from claude_cli.disk.paths import config_file

    return Config(config_file())


def _templates() -> list[str]:
    from claude_cli.templates import template_names

    return template_names()


def _jobs() -> list[str]:
    import os

    from claude_cli.disk.paths import data_dir

    folder = data_dir() / "jobs"
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())


def _regions() -> list[str]:
    from claude_cli.models.catalog import regions

    return regions()


WORDS: Words = {
    "models": _models,
    "sessions": _sessions,
    "profiles": _profiles,
    "templates": _templates,
    "jobs": _jobs,
    "regions": _regions,
}
