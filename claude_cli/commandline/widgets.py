"""Key bindings (Alt-E) that turn the line being typed into a command, in the line buffer, not run.

Whatever goes wrong, and at Ctrl-C, the line stays as it was typed.
"""

from claude_cli.errors import UsageError

BASH = r"""
_claude_cli_widget() {
    local line
    [[ $READLINE_LINE == *[![:space:]]* ]] || return
    trap ':' INT
    line=$(SHELL=$BASH command claude-cli shell -- "$READLINE_LINE" </dev/null) &&
        READLINE_LINE=$line READLINE_POINT=$((4 * ${#line}))
    trap - INT
}

bind -x '"\ee": _claude_cli_widget'
"""

ZSH = r"""
_claude-cli-widget() {
    emulate -L zsh
    [[ $BUFFER == *[^[:space:]]* ]] || return
    local line
    trap ':' INT
    zle -I
    line=$(SHELL=${commands[zsh]:-$SHELL} command claude-cli shell -- "$BUFFER" </dev/null) &&
        BUFFER=$line CURSOR=$#line
}

zle -N _claude-cli-widget
bindkey '\ee' _claude-cli-widget
"""

FISH = r"""
function __claude_cli_widget
    set -l typed (commandline | string collect)
    string match -qr '\S' -- $typed; or return
    set -lx SHELL (status fish-path)
    set -l line (command claude-cli shell -- $typed </dev/null | string collect)
    test -n "$line"; and commandline -r -- $line
    commandline -f repaint
end

bind \ee __claude_cli_widget
bind -M insert \ee __claude_cli_widget
"""

WIDGETS = {"bash": BASH.lstrip(), "zsh": ZSH.lstrip(), "fish": FISH.lstrip()}
"""Shell → its script."""


def widget(shell: str) -> str:
    """The script of a shell. Raises UsageError for one that has none."""
    if shell not in WIDGETS:
        raise UsageError(f"there is no key binding for {shell}", hint="bash, zsh and fish have one")
    return WIDGETS[shell]
