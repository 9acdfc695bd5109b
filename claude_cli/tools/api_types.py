"""What the API fixes for the tools that it defines itself: the name of a dated type.

Such a tool is sent as `type`, `name` and options, without `input_schema`; see the tool reference
of the Messages API.
"""

import re

_DATED = re.compile(r"(?P<family>[a-z][a-z0-9_]*)_(?P<date>\d{8})")

_EDITOR_RENAMED = "20250429"
"""From this date on the text editor is called `str_replace_based_edit_tool`."""


def is_dated(type_: str) -> bool:
    """Does this look like a type of the API, such as `web_search_20250305`?"""
    return _DATED.fullmatch(type_) is not None


def fixed_name(type_: str) -> str | None:
    """The one name that the API accepts for this type; None for a toolset, which has no name."""
    dated = _DATED.fullmatch(type_)
    family = dated["family"] if dated else type_
    if family.endswith("_toolset"):
        return None
    if dated and family == "text_editor":
        return (
            "str_replace_editor"
            if dated["date"] < _EDITOR_RENAMED
            else "str_replace_based_edit_tool"
        )
    return family
