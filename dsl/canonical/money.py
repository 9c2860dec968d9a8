"""Amounts of money, as numbers: the currency is read over, since tools take it on its own.

`1,234.50`, `1.234,50`, `EUR 50`, `50 €`, `-$5` are readable. `1,234` and `1.234` are not: one
reader's thousand is the other's one and a bit. Nor are cents, words for numbers and two currencies.
"""

import re
from itertools import groupby
from typing import Final

from dsl.canonical import number

_CODES: Final = (
    "AED|AFN|ALL|AMD|ANG|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BGN|BHD|BIF|BMD|BND|BOB|BRL|BSD|BTN|BWP|"
    "BYN|BZD|CAD|CDF|CHF|CLP|CNY|COP|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|"
    "GEL|GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|"
    "KMF|KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|LYD|MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|"
    "MXN|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|RWF|SAR|"
    "SBD|SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SYP|SZL|THB|TJS|TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|"
    "UGX|USD|UYU|UZS|VES|VND|VUV|WST|XAF|XCD|XCG|XOF|XPF|YER|ZAR|ZMW|ZWG"
)
# By their first letters: a pattern then looks at few of them.
CODES: Final = "|".join(
    f"{first}(?:{'|'.join(code[1:] for code in codes)})"
    for first, codes in groupby(_CODES.split("|"), lambda code: code[0])
)
WORDS: Final = "dollars?|euros?|pounds?|yen|yuan|francs?|rupees?"
SIGNS: Final = r"(?:US|CA|AU|NZ|HK|A|C|R)?\$|[£¥€₣₤₦₩₪₫₭₮₱₲₴₵₸₹₺₼₽₾₿]"
_CURRENCY: Final = rf"{SIGNS}|{CODES}|{WORDS}"
_SPACE: Final = r"[\s\u00a0\u2009\u202f]*"
_MONEY = re.compile(
    rf"(?P<minus>[-\u2212]?)(?:(?P<before>{_CURRENCY}){_SPACE})?"
    rf"(?P<amount>[-\u2212]?[0-9](?:.*[0-9])?)(?:{_SPACE}(?P<after>{_CURRENCY}))?",
    re.IGNORECASE | re.ASCII,
)
_EITHER = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")


def canonical(value: object) -> str | None:
    """Write an amount as the number it is; a JSON number is exact and needs no guess."""
    if not isinstance(value, str):
        return _unmistakable(number.canonical(value))
    amount = _amount(value.strip())
    if amount is None or _EITHER.fullmatch(amount):
        return None
    return _unmistakable(number.canonical(amount))


def _amount(text: str) -> str | None:
    """Return what stands beside the one currency, or alone."""
    match = _MONEY.fullmatch(text) if len(text) <= number.MAX_CHARACTERS else None
    if match is None or (match["before"] and match["after"]):
        return None
    return "-" * len(match["minus"]) + match["amount"].replace("\u2212", "-")


def _unmistakable(form: str | None) -> str | None:
    """Keep three decimals from being taken for thousands, should this form be read again."""
    return form + "0" if form and _EITHER.fullmatch(form) else form
