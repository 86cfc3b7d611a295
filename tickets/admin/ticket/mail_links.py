"""Where the links and images of a stranger's mail may lead; anything else is cut."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

MAX_ADDRESS = 4_000
_WEB = ("http", "https")
_OTHER = ("mailto", "tel")
# Browsers leave these out of an address before they read it, wherever they stand.
_IGNORED = re.compile(r"[\x00-\x20\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/=]+", re.ASCII)
_NAMED_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?![a-z0-9@-])", re.IGNORECASE
)
_MAX_NAMED = 500


def link_target(address: str) -> str:
    """The address that a link may lead to, as a browser will read it; "" for any other."""
    text, scheme = _read(address)
    if scheme in _OTHER:
        return text
    return _web_address(text) if scheme in _WEB else ""


def remote_image(address: str) -> str:
    """An image on somebody's server, always by TLS; "" when it is none."""
    text, scheme = _read(address)
    found = _web_address(text) if scheme in _WEB else ""
    return re.sub(r"^http:", "https:", found)


def carried_image(address: str) -> str:
    """An image that stands in the text itself, of a type that cannot act; "" for any other."""
    text = _IGNORED.sub("", address)
    return text if _DATA_IMAGE.fullmatch(text) else ""


def content_id(address: str) -> str:
    """The Content-ID that `cid:...` names, in lower case; "" when it names none."""
    text = address.strip()
    return unquote(text[4:]).strip("<> ").lower() if text[:4].lower() == "cid:" else ""


def host_of(address: str) -> str:
    """The host of a web address, "" of any other."""
    try:
        return (urlsplit(address).hostname or "") if address[:4] == "http" else ""
    except ValueError:
        return ""


def other_host(text: str, target: str) -> str:
    """The real host, when the words of a link name another one: "" when they agree."""
    host = host_of(target)
    if not host:
        return ""
    for named in _NAMED_HOST.findall(text[:_MAX_NAMED]):
        spoken = named.lower().removeprefix("www.")
        if host != spoken and not host.endswith(f".{spoken}"):
            return host
    return ""


def _read(address: str) -> tuple[str, str]:
    text = _IGNORED.sub("", address)[: MAX_ADDRESS + 1]
    if text.replace("\\", "/").startswith("//"):
        text = f"https:{text}"
    found = _SCHEME.match(text)
    if found is None or len(text) > MAX_ADDRESS:
        return "", ""
    return text, found.group(1).lower()


def _web_address(text: str) -> str:
    """Without a name before the host, which only serves to look like another host."""
    scheme, _, rest = text.partition(":")
    try:
        # Browsers take a backslash for a slash; Python does not.
        parts = urlsplit(f"{scheme.lower()}://{rest.replace(chr(92), '/').lstrip('/')}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = _ascii(host)
    if not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    place = f"{host}:{port}" if port is not None else host
    return SplitResult(parts.scheme, place, parts.path, parts.query, parts.fragment).geturl()


def _ascii(host: str) -> str:
    """As the network spells it, so that no letter passes for another."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
