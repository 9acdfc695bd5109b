"""Where a link of an answer may lead. Pure.

To the web or a mailbox, and where its text names an address, to that one: somebody who reads
`bank.com` must not end up elsewhere.
"""

import re
from urllib.parse import unquote, urlsplit

WEB = ("http", "https")
_DOMAINS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|me|tv|eu|us|uk|ca|au|nz|ie|de|at|ch|fr|be|nl"
    "|lu|es|pt|it|gr|dk|se|no|fi|is|pl|cz|sk|hu|ro|bg|hr|si|ua|ru|tr|il|sa|ae|ir|in|pk|cn|hk|tw|jp"
    "|kr|sg|my|id|th|vn|ph|br|mx|ar|cl|co|pe|za|ng|ke|eg"
)
"""Last parts of names that are addresses wherever they stand; `README.md` is a file first."""
_ADDRESS = re.compile(
    rf"(?:https?://|www\.)[^\s<>\"']+|[\w.+-]{{1,64}}@[\w.-]+\.\w+"
    rf"|(?<![\w.@-])(?:[\w-]{{1,63}}\.){{1,8}}(?:{_DOMAINS})(?![\w-])(?:[/:?#][^\s<>\"']*)?",
    re.IGNORECASE,
)


def may_lead(text: str, target: str) -> bool:
    """Whether `text` may be a link to `target`; if not, the target is to be shown."""
    try:
        parts = urlsplit(target)
        if parts.scheme == "mailto":
            return all(_mailbox(each) == _mailbox(parts.path) for each in _ADDRESS.findall(text))
        if parts.scheme not in WEB or not parts.hostname or "@" in parts.netloc:
            return False
        place = _place(target)
        named = _ADDRESS.findall(text)
        return all("@" not in each and _is_start(_place(each), place) for each in named)
    except ValueError:  # no address at all, such as `http://[`
        return False


def _mailbox(address: str) -> str:
    return unquote(address).casefold()


def _place(address: str) -> str:
    """Return host, port, path and what follows, in the one way of writing them."""
    if "//" not in address:
        address = f"//{address}"
    parts = urlsplit(address.rstrip(".,;:!…)"))
    host = (parts.hostname or "").removeprefix("www.").encode("idna").decode()
    port = f":{parts.port}" if parts.port else ""
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    return f"{host}{port}{unquote(rest)}".rstrip("/")


def _is_start(named: str, place: str) -> bool:
    """Whether what is named is the place, or what contains it; a shortened path is fine."""
    whole = named == place or "/" in named or place[len(named) :][:1] in ("/", "?", ":")
    return place.startswith(named) and whole
