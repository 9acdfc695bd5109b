"""A command as Typer runs it: of a flag given twice the last one counts, or it is a mistake.

A list takes all; for a text that is long and easily overlooked a second one is a mistake.
"""

import inspect
from typing import Any

from typer.core import TyperCommand
from typer.exceptions import TyperException

from claude_cli.commandline.flags.marks import ONE_ONLY, marks_of
from claude_cli.errors import UsageError


class Command(TyperCommand):
    """Looks at the order in which the parser met the flags."""

    def make_parser(self, ctx: Any) -> Any:
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_once(args: list[str]) -> Any:
            try:
                values, rest, order = parse(args)
            except TyperException as error:
                if getattr(error, "ctx", None) is None:
                    setattr(error, "ctx", ctx)  # noqa: B010  # so that the hint names the command
                raise
            for param in {param.name: param for param in order}.values():
                if order.count(param) > 1 and self._takes_one_only(param):
                    raise UsageError(f"{param.opts[-1]} was given more than once")
            return values, rest, order

        parser.parse_args = parse_once  # type: ignore[method-assign]
        return parser

    def _takes_one_only(self, param: Any) -> bool:
        parameters = inspect.signature(self.callback).parameters  # type: ignore[arg-type]
        return ONE_ONLY in marks_of(parameters[param.name].annotation)
