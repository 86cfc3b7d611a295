"""Domains at which anybody can have an address: they say nothing about the company behind one."""

# Providers that have an address book in many countries: hotmail.es, yahoo.com.br, gmx.at ...
_FAMILIES = frozenset({
    "aol", "gmx", "hotmail", "live", "outlook", "yahoo", "yandex", "ymail",
})  # fmt: skip
_ENDINGS = frozenset({
    "ar", "at", "be", "br", "ca", "ch", "cl", "co.jp", "co.uk", "com", "com.ar", "com.au",
    "com.br", "com.co", "com.mx", "com.pe", "com.tr", "com.ve", "cz", "de", "dk", "es", "fi",
    "fr", "gr", "hu", "ie", "it", "jp", "kz", "mx", "nl", "no", "pl", "pt", "ro", "ru", "se",
    "ua", "us",
})  # fmt: skip
_OTHERS = frozenset({
    "126.com", "163.com", "aim.com", "alice.it", "arcor.de", "bk.ru", "bluewin.ch",
    "btinternet.com", "centrum.cz", "comcast.net", "cox.net", "duck.com", "eresmas.com",
    "euskaltel.net", "fastmail.com", "fastmail.fm", "fastwebnet.it", "free.fr", "freenet.de",
    "gmail.com", "googlemail.com", "hanmail.net", "hey.com", "hispavista.com", "icloud.com",
    "inbox.lv", "inbox.ru", "interia.pl", "laposte.net", "libero.it", "list.ru", "mac.com",
    "mail.com", "mail.ru", "mailbox.org", "me.com", "movistar.es", "msn.com", "naver.com",
    "neuf.fr", "o2.pl", "onet.pl", "ono.com", "orange.es", "orange.fr", "ozu.es", "pm.me",
    "posteo.de", "proton.me", "protonmail.ch", "protonmail.com", "qq.com", "rambler.ru",
    "rediffmail.com", "rocketmail.com", "sapo.pt", "sbcglobal.net", "seznam.cz", "sfr.fr",
    "sina.com", "skynet.be", "t-online.de", "telefonica.net", "telenet.be", "terra.com",
    "terra.com.br", "terra.es", "tin.it", "tiscali.it", "tuta.com", "tutanota.com", "ukr.net",
    "uol.com.br", "verizon.net", "virgilio.it", "vodafone.es", "wanadoo.es", "wanadoo.fr",
    "web.de", "wp.pl", "ya.com", "ya.ru", "zoho.com",
})  # fmt: skip


def is_freemail(domain: str) -> bool:
    """Whether this domain, in lower case, is open to everybody."""
    family, _, ending = domain.partition(".")
    return domain in _OTHERS or (family in _FAMILIES and ending in _ENDINGS)
