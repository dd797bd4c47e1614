"""What a caller id means.  Invented numbers only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import NumberKind, mask, normalise, to_text


@pytest.mark.parametrize(
    ("caller", "lookup", "place", "masked"),
    [
        ("13904760001", "+8613904760001", "内蒙古赤峰市", "139****0001"),
        ("+86 139-0476-0001", "+8613904760001", "内蒙古赤峰市", "139****0001"),
        ("013904760001", "+8613904760001", "内蒙古赤峰市", "139****0001"),
        ("008613904760001", "+8613904760001", "内蒙古赤峰市", "139****0001"),
        ("sip:13904760001@10.0.0.1;user=phone", "+8613904760001", "内蒙古赤峰市", "139****0001"),
        ("１３９０４７６０００１", "+8613904760001", "内蒙古赤峰市", "139****0001"),
        (b"13904760001", "+8613904760001", "内蒙古赤峰市", "139****0001"),
        ("8200000", "+864768200000", "内蒙古赤峰市", "0476****000"),
        ("82000000", "+8647682000000", "内蒙古赤峰市", "0476****0000"),
        ("0476-8200000", "+864768200000", "内蒙古赤峰市", "0476****000"),
        ("02112345678", "+862112345678", "上海市", "0211****678"),
        ("+14155550100", "+14155550100", "美国", "+14****0100"),
        ("4006001234", "+864006001234", "", "400****234"),
        ("12366", "12366", "", "12366"),
        ("1001", "1001", "", "1001"),
    ],
)
def test_a_number_in_any_spelling_has_one_lookup_a_place_and_a_mask(
    caller: str | bytes, lookup: str, place: str, masked: str
) -> None:
    number = normalise(caller)
    assert (number.lookup, number.place, number.masked) == (lookup, place, masked)


@pytest.mark.parametrize(
    "caller",
    [
        None,
        "",
        "anonymous",
        '"; DROP TABLE calls; --',
        "${EVAL(1)}",
        "a,b\n1390476",
        b"\xff\xfe\x00",
        "1" * 1000,
    ],
)
def test_what_is_no_number_is_unknown(caller: str | bytes | None) -> None:
    assert normalise(caller).kind is NumberKind.UNKNOWN


@given(st.one_of(st.none(), st.binary(max_size=400), st.text(st.characters(), max_size=400)))
def test_no_caller_id_raises(caller: str | bytes | None) -> None:
    number = normalise(caller)
    assert (number.kind is NumberKind.UNKNOWN) == (number.lookup == "")
    number.masked.encode()
    number.lookup.encode()


@given(st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True))
def test_lookup_is_a_fixed_point_and_a_mask_hides_four_digits(digits: str) -> None:
    number = normalise(digits)
    if number.kind in (NumberKind.MOBILE, NumberKind.FIXED, NumberKind.FOREIGN):
        assert normalise(number.lookup).lookup == number.lookup
    if number.kind is NumberKind.MOBILE:
        assert _shown(number.masked) == 7
    elif number.kind in (NumberKind.FIXED, NumberKind.FOREIGN):
        whole = number.lookup.replace("+86", "0", 1)
        assert "****" in number.masked and _shown(number.masked) <= _shown(whole) - 4
    elif number.kind is NumberKind.OTHER and len(digits) > 6:
        assert "****" in number.masked


def _shown(text: str) -> int:
    return sum(c.isdigit() for c in text)


@given(st.integers(0, 10**8 - 1), st.sampled_from(["13", "15", "18", "19"]), st.integers(0, 9))
def test_every_mobile_number_is_masked_alike(tail: int, head: str, third: int) -> None:
    national = f"{head}{third}{tail:08}"
    assert normalise(national).masked == mask(national) == f"{national[:3]}****{national[-4:]}"


@given(st.one_of(st.binary(max_size=2000), st.text(st.characters(), max_size=2000)), st.integers(1, 64))
def test_text_from_outside_becomes_storable(raw: str | bytes, longest: int) -> None:
    text = to_text(raw, longest)
    text.encode()
    assert len(text) <= longest
    assert "\0" not in text and "\n" not in text


def test_a_gbk_name_is_read_as_chinese() -> None:
    assert to_text("张三".encode("gbk")) == "张三"
    assert to_text("张三".encode("gbk").decode("utf-8", "surrogateescape")) == "张三"
