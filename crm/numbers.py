"""Telephone numbers: what a caller id means, where it is from, how it is shown.

A caller id comes from outside and may hold any bytes; nothing here ever raises over it.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import geocoder

_LONGEST = 256
_SEPARATORS = re.compile(r"[\s().\-‐-―/]+")
_USER_PART = re.compile(r"^(?:sips?|tel):([^@;]*)", re.IGNORECASE)
_DIGITS = re.compile(r"^\+?[0-9]{2,20}$")
_MOBILE = re.compile(r"^(?:\+?86|0086|0)?(1[3-9][0-9]{9})$")
_LOCAL = re.compile(r"^[2-9][0-9]{6,7}$")


class NumberKind(StrEnum):
    MOBILE = "mobile"
    FIXED = "fixed"
    SHORT = "short"
    """A service number or an extension (up to 6 digits): not personal data."""
    FOREIGN = "foreign"
    OTHER = "other"
    """Digits that belong to no numbering plan we know."""
    UNKNOWN = "unknown"
    """Withheld, or nothing that could be a number."""


@dataclass(frozen=True, slots=True)
class Number:
    """`lookup` is the one spelling of this number (E.164 where there is one, "" when unknown)."""

    kind: NumberKind
    lookup: str
    place: str
    masked: str


UNKNOWN = Number(NumberKind.UNKNOWN, "", "", "未知号码")


def to_text(value: str | bytes | None, longest: int = _LONGEST) -> str:
    """Any bytes or text as clean text: valid UTF-8, no control characters, at most `longest` characters.

    Bytes that are not UTF-8 are tried as GB18030, the usual encoding of older exchanges.
    """
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= longest and value.isascii() and value.isprintable():
        return " ".join(value.split())  # nearly every call; the rest is for what is not plain
    text = _decode(value[: longest * 4]) if isinstance(value, bytes) else _whole(value[: longest * 4])
    text = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text[: longest * 2]
    )
    return " ".join(text.split())[:longest]


def _whole(text: str) -> str:
    """Text without lone surrogates, which is how Python carries bytes it could not decode."""
    try:
        return _decode(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "replace")


def normalise(caller: str | bytes | None, area_code: str = "0476") -> Number:
    """What this caller id means to a switchboard in `area_code`.  Never raises."""
    text = unicodedata.normalize("NFKC", to_text(caller))
    if sip := _USER_PART.match(text):
        text = sip[1]
    digits = _SEPARATORS.sub("", text)
    if not digits.isascii() or not _DIGITS.match(digits):
        return UNKNOWN
    if mobile := _MOBILE.match(digits):
        national = mobile[1]
        return Number(NumberKind.MOBILE, f"+86{national}", _mobile_place(national[:7]), mask(national))
    if len(digits) <= 6 and not digits.startswith("+"):
        return Number(NumberKind.SHORT, digits, "", digits)
    if _LOCAL.match(digits):
        return Number(
            NumberKind.FIXED,
            f"+86{area_code.lstrip('0')}{digits}",
            _area_place(area_code),
            mask(f"{area_code}{digits}"),
        )
    return _planned(digits)


def _planned(digits: str) -> Number:
    spelled = f"+{digits[2:]}" if digits.startswith("00") else digits
    try:
        parsed = phonenumbers.parse(spelled, "CN")
    except phonenumbers.NumberParseException:
        return Number(NumberKind.OTHER, digits, "", mask(digits))
    if not phonenumbers.is_valid_number(parsed):
        return Number(NumberKind.OTHER, digits, "", mask(digits))
    lookup = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if parsed.country_code != 86:
        return Number(
            NumberKind.FOREIGN, lookup, geocoder.country_name_for_number(parsed, "zh"), mask(lookup)
        )
    national = phonenumbers.national_significant_number(parsed)
    if not phonenumbers.is_number_geographical(parsed):  # 400, 800, 95…
        return Number(NumberKind.OTHER, lookup, "", mask(national))
    return Number(
        NumberKind.FIXED, lookup, geocoder.description_for_number(parsed, "zh"), mask(f"0{national}")
    )


# Keyed by prefix, never by whole number: small, and no list of callers builds up in memory.
@lru_cache(maxsize=8192)
def _mobile_place(prefix: str) -> str:
    return geocoder.description_for_number(phonenumbers.parse(f"+86{prefix}0000"), "zh")


@lru_cache(maxsize=64)
def _area_place(area_code: str) -> str:
    return geocoder.description_for_number(phonenumbers.parse(f"{area_code}8200000", "CN"), "zh")


def warm(area_code: str = "0476") -> None:
    """Load the tables of places now (some 0.1 s), so that the first caller does not wait for them."""
    _mobile_place("1390476")
    _area_place(area_code)


def mask(number: str) -> str:
    """138****5678; at least four digits are hidden in anything longer than a short number."""
    digits = number.strip()
    count = len(digits)
    if count <= 6:
        return digits
    if count < 11:
        tail = (count - 4) // 2
        return f"{digits[: count - 4 - tail]}****{digits[count - tail :]}"
    if digits.startswith("0"):
        return f"{digits[:4]}****{digits[8:][-4:]}"
    return f"{digits[:3]}****{digits[-4:]}"
