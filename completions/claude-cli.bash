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
