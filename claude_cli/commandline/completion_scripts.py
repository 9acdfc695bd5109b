"""The scripts that teach a shell to ask us what Tab may offer; see completion.py for the answer.

None evaluates what comes back: it holds names of sessions and models, which others may have given.
"""

BASH = r"""
_claude_cli_completion() {
    local IFS=$'\n' word
    COMPREPLY=()
    while read -r word; do
        printf -v word %q "$word"
        COMPREPLY+=("$word")
    done < <(
        word="${COMP_WORDS[*]}"
        unset COMP_WORDS  # an array is not exported, and arguments are seen by everybody
        COMP_WORDS=$word COMP_CWORD=$COMP_CWORD _CLAUDE_CLI_COMPLETE=complete_bash \
            command "$1" 2>/dev/null
    )
}

complete -o bashdefault -o default -F _claude_cli_completion claude-cli
"""

ZSH = r"""
#compdef claude-cli

_claude-cli() {
    local word note
    local -a found shown
    while IFS=$'\t' read -r word note; do
        found+=("$word")
        shown+=("$word${note:+  -- $note}")
    done < <(_CLAUDE_CLI_COMPLETE=complete_zsh _TYPER_COMPLETE_ARGS="${words[1,CURRENT]}" \
        ${~${(Q)words[1]}} 2>/dev/null)
    if (( $#found )); then
        compadd -l -d shown -a found
    else
        _files
    fi
}

if [[ $funcstack[1] == _claude-cli ]]; then
    _claude-cli "$@"
else
    compdef _claude-cli claude-cli
fi
"""

FISH = r"""
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
"""

POWERSHELL = r"""
Register-ArgumentCompleter -Native -CommandName claude-cli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:_CLAUDE_CLI_COMPLETE = 'complete_powershell'
    $Env:_TYPER_COMPLETE_ARGS = $commandAst.ToString()
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $wordToComplete
    try {
        claude-cli 2>$null | ForEach-Object {
            $word, $note = $_ -split "`t", 2
            if (-not $note) { $note = $word }
            $typed = $word
            if ($word -match '[^\w./:=@-]') { $typed = "'" + $word.Replace("'", "''") + "'" }
            [System.Management.Automation.CompletionResult]::new(
                $typed, $word, 'ParameterValue', $note)
        }
    } finally {
        $Env:_CLAUDE_CLI_COMPLETE = $null
        $Env:_TYPER_COMPLETE_ARGS = $null
        $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $null
    }
}
"""

SCRIPTS = {
    "bash": BASH.lstrip(),
    "zsh": ZSH.lstrip(),
    "fish": FISH.lstrip(),
    "powershell": POWERSHELL.lstrip(),
}
"""Shell → its script."""

FILES = {
    "bash": "claude-cli.bash",
    "zsh": "_claude-cli",
    "fish": "claude-cli.fish",
    "powershell": "claude-cli.ps1",
}
"""Shell → what its script is called in `completions/`, as the shell's own folders want it."""
