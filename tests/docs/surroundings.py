"""What the program reads and writes outside its command line: variables, folders, files."""

from claude_cli.commandline.help import ENVIRONMENT, variables_of_flags
from claude_cli.turn.platforms.place import ROWS, SWITCHES

_MAC, _WINDOWS = "~/Library/Application Support/claude-cli", "%LOCALAPPDATA%\\claude-cli"
FOLDERS = {
    "config": ("~/.config/claude-cli", _MAC, _WINDOWS),
    "data": ("~/.local/share/claude-cli", _MAC, _WINDOWS),
    "state": ("~/.local/state/claude-cli", _MAC, _WINDOWS),
    "cache": (
        "~/.cache/claude-cli",
        "~/Library/Caches/claude-cli",
        "%LOCALAPPDATA%\\claude-cli\\Cache",
    ),
}
"""Kind of a folder, and where it is on Linux, macOS and Windows; XDG's variables move Linux's."""

FILES = {
    ("config", "config.toml"): "what flags default to",
    ("config", "templates/NAME.toml"): "saved prompts",
    ("config", "key"): "the key, where `auth login --store file` kept it",
    ("config", "keyring"): "that the key is in the system's keyring",
    ("data", "sessions/ID.jsonl"): "conversations, a line a record",
    ("data", "blobs/"): "attachments of sessions, each once",
    ("data", "jobs/ID/"): "batches: what was sent, and what came back",
    ("state", "ledger.jsonl"): "what was spent",
    ("state", "config.lock"): "locked while the config file is changed",
    ("state", "last-answered"): "the session that `-c` goes on with",
    ("state", "last-simulated"): "the same with `--simulate`",
    ("state", "unsent-prompt.md"): "what was written with `--edit` and not sent yet",
    ("state", "prompt-history"): "what was typed in chats",
    ("cache", "models.json"): "what the API said of models",
    ("cache", "sessions-….sqlite3"): "an index of sessions; made anew where it is lost",
    ("cache", "sessions-….recent"): "which sessions were written last; made anew where it is lost",
}
_RARE = {
    "SSL_CERT_DIR": "folders of certificates, as SSL_CERT_FILE",
    "SSLKEYLOGFILE": "where the secrets of TLS connections are written, for those who debug them",
}
"""What the program's own help leaves out."""
_CREDENTIALS = {
    "AWS_BEARER_TOKEN_BEDROCK": "a key of bedrock and mantle",
    "ANTHROPIC_AWS_API_KEY": "a key of aws and mantle",
    "AWS_ACCESS_KEY_ID": "with AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where there is one",
    "AWS_PROFILE": "--aws-profile",
    "AWS_ENDPOINT_URL_STS": "where `auth status --check` asks whose AWS key it is",
    "AWS_CONTAINER_…": "credentials of a container, found by botocore",
    "ANTHROPIC_FOUNDRY_API_KEY": "a key of foundry",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN": "a token of foundry",
    "AZURE_…": "an identity of Azure, found by azure-identity",
    "GOOGLE_APPLICATION_CREDENTIALS": "a file of credentials of Google Cloud",
}


def environment() -> dict[str, str]:
    """Variable → what it says; those of platforms left out."""
    return ENVIRONMENT | _RARE | variables_of_flags()


def platform_variables() -> dict[str, str]:
    switches = {name: f"--platform {platform}" for name, platform in SWITCHES.items()}
    said: dict[tuple[str, str], list[str]] = {}
    """Variable and flag → the platforms where it counts."""
    for platform, row in ROWS.items():
        settings = [(name, setting.flag) for setting in row.settings for name in setting.variables]
        for each in [*settings, (row.base_url, "base_url")]:
            said.setdefault(each, []).append(platform)
    settings_of = {
        name: f"--{flag.replace('_', '-')} of {', '.join(platforms)}"
        for (name, flag), platforms in said.items()
    }
    skipped = {
        row.skip_auth: f"{platform}: no credential is sent, the gateway has it"
        for platform, row in ROWS.items()
        if row.skip_auth
    }
    return switches | settings_of | _CREDENTIALS | skipped
