"""What may stay of a mail's HTML: tags with their attributes, styles and kinds of addresses."""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ANYWHERE = _words("style dir lang align valign bgcolor width height")
TAGS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        _words("""
            abbr address article aside b bdi bdo big blockquote br caption center cite code dd del
            dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i ins kbd main
            mark p pre q s samp section small span strike strong sub sup tbody tfoot thead tr tt u
            var wbr
        """),
        frozenset(),
    ),
    "a": _words("href"),
    "img": _words("src alt"),
    "font": _words("color face size"),
    "ol": _words("start type"),
    "ul": _words("type"),
    "li": _words("value"),
    "table": _words("border cellpadding cellspacing"),
    "td": _words("colspan rowspan"),
    "th": _words("colspan rowspan"),
    "col": _words("span"),
    "colgroup": _words("span"),
}
# Their content is not text for people.
UNSEEN = _words("""
    applet audio base canvas embed frame frameset head iframe link math meta noembed noframes
    noscript object param script select style svg template textarea title video xml
""")
# Nothing that leaves its place in the page (position, float, transform), and nothing that loads.
STYLES = _words("""
    background-color border border-bottom border-bottom-color border-bottom-style
    border-bottom-width border-collapse border-color border-left border-left-color
    border-left-style border-left-width border-radius border-right border-right-color
    border-right-style border-right-width border-spacing border-style border-top border-top-color
    border-top-style border-top-width border-width color direction display font font-family
    font-size font-style font-variant font-weight height letter-spacing line-height
    list-style-type margin margin-bottom margin-left margin-right margin-top max-width min-width
    overflow-wrap padding padding-bottom padding-left padding-right padding-top table-layout
    text-align text-decoration text-indent text-transform vertical-align white-space width
    word-break word-wrap
""")
SCHEMES = _words("http https mailto tel data")
