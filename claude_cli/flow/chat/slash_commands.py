"""The table of the slash commands of a chat, and the help that is made of it."""

from claude_cli.flow.chat import answer_commands as answers
from claude_cli.flow.chat import request_commands as requests
from claude_cli.flow.chat import session_commands as sessions
from claude_cli.flow.chat import turn_commands as turns
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.flow.chat.slash import SlashCommand

KEYS = (
    "@FILE in a prompt attaches the file; !COMMAND runs in your shell, and its output",
    "goes with the next prompt. A second slash sends the line as it is: //text.",
    "Enter sends, Alt-Enter and Ctrl-J break the line, Ctrl-X Ctrl-E opens an editor,",
    "Ctrl-R searches, Tab completes, Ctrl-C stops an answer or clears the line,",
    "Ctrl-D leaves.",
)


def show_help(chat: Dialogue, argument: str) -> None:
    named = {f"{name} {row.arguments}": row.help for name, row in SLASH_COMMANDS.items()}
    width = max(map(len, named))
    chat.screen.tell([f"{name:<{width}}  {text}" for name, text in named.items()])
    chat.screen.tell(["", *KEYS])


def leave(chat: Dialogue, argument: str) -> None:
    chat.over = True


SLASH_COMMANDS = {
    "/help": SlashCommand("", "shows this", show_help),
    "/attach": SlashCommand(
        "[SPEC]", "attaches a file, URL or file_… id", requests.attach, "paths"
    ),
    "/paste": SlashCommand("", "attaches what the clipboard holds", requests.paste),
    "/detach": SlashCommand(
        "[NAME]", "attaches it no longer, or nothing", requests.detach, "attached"
    ),
    "/system": SlashCommand(
        "[TEXT]", "shows or sets the system prompt; @FILE reads it", requests.system
    ),
    "/model": SlashCommand("[ID]", "shows or changes the model", requests.model, "models"),
    "/set": SlashCommand(
        "[PATH=TEXT]", "shows or sets parameters; PATH:=JSON", requests.set_parameter
    ),
    "/unset": SlashCommand("PATH", "sends that parameter no longer", requests.unset_parameter),
    "/thinking": SlashCommand(
        "[off|adaptive|N]", "whether, and how long, it thinks", requests.thinking
    ),
    "/effort": SlashCommand("[LEVEL]", "how hard it tries: low to max", requests.effort),
    "/tools": SlashCommand("", "lists the tools of the conversation", requests.tools),
    "/mcp": SlashCommand(
        "[FILE|NAME=URL|drop NAME]", "lists, starts or ends MCP servers", requests.mcp, "paths"
    ),
    "/undo": SlashCommand("", "goes back before the last turn", turns.undo),
    "/retry": SlashCommand("", "asks the last prompt again", turns.retry),
    "/edit": SlashCommand("[TEXT]", "asks TEXT for the last prompt, or edits it first", turns.edit),
    "/fork": SlashCommand("[NAME]", "goes on in a new session", sessions.fork),
    "/name": SlashCommand("[NAME]", "shows the session's name, or names it", sessions.name),
    "/sessions": SlashCommand("", "chooses a session, or lists the newest", sessions.sessions),
    "/resume": SlashCommand(
        "NAME_OR_ID", "goes on with another session", sessions.resume, "sessions"
    ),
    "/history": SlashCommand("", "shows the conversation", sessions.history),
    "/show": SlashCommand("[N]", "prints the last answer as it came, or the Nth", answers.show),
    "/copy": SlashCommand("[N|code]", "copies the last answer, or its code block N", answers.copy),
    "/save": SlashCommand(
        "[N] FILE", "writes the answer, or code block N, to a file", answers.save, "paths"
    ),
    "/usage": SlashCommand("", "tokens and cost so far", turns.usage),
    "/count": SlashCommand("", "counts the tokens of the context", turns.count),
    "/compact": SlashCommand("", "lets a summary stand for the older turns", turns.compact),
    "/clear": SlashCommand("", "goes on with an empty context", turns.clear),
    "/continue": SlashCommand("", "goes on with an answer that was cut", turns.go_on),
    "/export": SlashCommand(
        "FILE", "writes the conversation: .md, .html, .json", sessions.export, "paths"
    ),
    "/quit": SlashCommand("", "leaves; so does Ctrl-D", leave),
}
"""In the order of the help."""
