function __claude_cli_completion
    set -lx _CLAUDE_CLI_COMPLETE complete_fish
    set -lx _TYPER_COMPLETE_ARGS (commandline -cp | string collect)
    set -l program (commandline -opc)[1]
    set -l found ($program 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end

complete --command claude-cli --no-files --arguments '(__claude_cli_completion)'
