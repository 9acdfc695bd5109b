"""What `GET /v1/models` said of each model, kept in a cache for the next runs."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from claude_cli.disk import inputfile, paths
from claude_cli.errors import ClaudeCliError
from claude_cli.models.facts import undated

_LIMIT = 1 << 20
"""Bytes; a longer file is no cache of ours."""
_FORMAT = 2


def keep(models: Iterable[Mapping[str, Any]]) -> None:
    """Keep the list of models, for the next runs: whole, 0600, in place of the last.

    Raises CannotCreate or CannotWrite; a caller may go on without the cache.
    """
    import json

    from claude_cli.disk.atomic_file import write_whole

    kept = {str(model.get("id")): _worth_keeping(model) for model in models}
    stored = {"format": _FORMAT, "sum": _sum_of(kept), "models": kept}
    write_whole(_file(), json.dumps(stored, separators=(",", ":")).encode())


def all_models() -> dict[str, dict[str, Any]]:
    """Model id → what was kept of it; empty if there is no cache that can be understood."""
    try:
        file = _file()
        state = file.stat()
    except (ClaudeCliError, OSError, ValueError):
        return {}
    return _read(file, state.st_mtime_ns, state.st_size, state.st_ino)


def facts_of(model: str) -> dict[str, Any]:
    """What was kept of a model, or of the same model with another date; empty if nothing was."""
    cached = all_models()
    if model in cached:
        return cached[model]
    name = undated(model)
    return next((entry for other, entry in cached.items() if undated(other) == name), {})


def _file() -> Path:
    return paths.cache_dir() / "models.json"


@lru_cache(maxsize=1)
def _read(file: Path, *_state: int) -> dict[str, dict[str, Any]]:
    """One run asks several times; the file is read again where it is another one since."""
    import json

    try:
        stored = json.loads(inputfile.read_bytes(file, limit=_LIMIT))
        if stored["format"] != _FORMAT or stored["sum"] != _sum_of(stored["models"]):
            return {}
        return {model: _well_typed(entry) for model, entry in stored["models"].items()}
    except (ClaudeCliError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _sum_of(models: Any) -> int:
    """A checksum: a digit that changes on the disk would be another fact."""
    import json
    from zlib import crc32

    return crc32(json.dumps(models).encode())


def _worth_keeping(model: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ModelFacts that a model object of the API tells, and its age."""
    can = _object(model.get("capabilities"))
    efforts = _each_supported(can.get("effort"))
    kept = {
        "created_at": model.get("created_at"),
        "line": model.get("line"),
        "context_window": model.get("max_input_tokens"),
        "max_output": model.get("max_tokens"),
        "lifecycle": model.get("lifecycle"),
        "ends": str(model.get("retires_at") or "")[:10] or None,
        "structured_outputs": _supported(can.get("structured_outputs")),
        "code_calls_tools": _supported(can.get("code_execution")),
        "thinking": _each_supported(_object(can.get("thinking")).get("types")),
        "effort": [level for level, taken in efforts.items() if taken] if efforts else None,
    }
    return _well_typed(kept)


def _supported(capability: Any) -> Any:
    return _object(capability).get("supported")


def _each_supported(capabilities: Any) -> dict[str, bool]:
    found = {name: _supported(capability) for name, capability in _object(capabilities).items()}
    return {name: value for name, value in found.items() if isinstance(value, bool)}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_TYPES = {
    "created_at": str,
    "line": str,
    "context_window": int,
    "max_output": int,
    "lifecycle": str,
    "ends": str,
    "structured_outputs": bool,
    "code_calls_tools": bool,
    "thinking": dict,
    "effort": list,
}


def _well_typed(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: entry[key] for key, expected in _TYPES.items() if isinstance(entry.get(key), expected)
    }
    if "effort" in kept:
        kept["effort"] = [level for level in kept["effort"] if isinstance(level, str)]
    return kept
