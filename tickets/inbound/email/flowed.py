"""format=flowed (RFC 3676): soft line breaks undone, quote depth and signature line kept."""


def unflow(text: str, *, delete_space: bool) -> str:
    """The text with its paragraphs joined; `delete_space` is DelSp=yes. Lines end with LF."""
    out: list[str] = []
    open_depth: int | None = None
    pieces: list[str] = []
    for line in text.split("\n"):
        depth, content = _unquoted(line)
        signature = content == "-- "
        soft = content.endswith(" ") and not signature
        if open_depth is not None and (depth != open_depth or signature):
            out.append(_quoted(open_depth, "".join(pieces)))
            open_depth, pieces = None, []
        pieces.append(content[:-1] if soft and delete_space else content)
        if soft:
            open_depth = depth
        else:
            out.append(_quoted(depth, "".join(pieces)))
            open_depth, pieces = None, []
    if open_depth is not None:
        out.append(_quoted(open_depth, "".join(pieces)))
    return "\n".join(out)


def _unquoted(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")  # space-stuffing


def _quoted(depth: int, content: str) -> str:
    if not depth:
        return content
    return f"{'>' * depth} {content}" if content else ">" * depth
