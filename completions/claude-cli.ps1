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
