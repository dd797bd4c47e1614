"""Bad configuration in → file, key, value and remedy out."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_app.settings_file import ConfigFault, ConfigRefused, load


def refused(tmp_path: Path, text: str | bytes, **variables: str) -> list[ConfigFault]:
    file = tmp_path / "hotline.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigRefused) as caught:
        load(file, variables)
    return caught.value.faults


def test_without_a_file_every_default_stands(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text("")
    values = load(file, {})
    assert (values.web.port, values.sip.port, values.bridge.processes) == (8080, 5060, 2)


def test_the_example_in_the_repository_is_valid_and_says_the_defaults(tmp_path: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    example = Path(__file__).parents[2] / "hotline.toml"
    assert load(example, {}) == load(empty, {})
    commented = "\n".join(
        line[2:] if line.startswith("#:") else line for line in example.read_text().splitlines()
    )
    everything = tmp_path / "hotline.toml"
    everything.write_text(commented)
    assert load(everything, {}).trunks, "the commented-out examples are valid too"


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text("[web]\nport = 8081\nhost = '127.0.0.7'\n")
    variables = {
        "HOTLINE_WEB__PORT": "8090",
        "HOTLINE_TRUNKS": '[{"name":"c","host":"127.0.0.2","kind":"carrier"}]',
    }
    values = load(file, variables | {"HOTLINE_CACHE": "/x", "PATH": "/bin"})
    assert (values.web.port, values.web.host, values.trunks[0].name) == (8090, "127.0.0.7", "c")


def test_malformed_toml_names_the_line(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, "[web]\nport = = 3\n")
    assert fault.file.endswith("hotline.toml")
    assert fault.key == "第 2 行"


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, "# 赤峰".encode("gbk"))
    assert "UTF-8" in fault.remedy


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused) as caught:
        load(tmp_path / "nowhere.toml", {})
    assert "nowhere.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key", "value", "remedy"),
    [
        ("[web]\nprot = 1\n", "web.prot", "1", "port"),
        ("[wbe]\nport = 1\n", "wbe", '{"port": 1}', "web"),
        ("[sip]\nport = 99999\n", "sip.port", "99999", "65535"),
        ("[sip]\nport = 'x'\n", "sip.port", '"x"', "整数"),
        ("[sip]\nhost = 'nowhere'\n", "sip.host", '"nowhere"', "IPv4"),
        ("[[trunks]]\nname='a'\nhost='127.0.0.2'\nkind='pstn'\n", "trunks[0].kind", '"pstn"', "'carrier'"),
        ("[[trunks]]\nname='a'\nkind='carrier'\n", "trunks[0].host", "", "补上"),
        ("[bridge]\nhost = '8.8.8.8'\n", "bridge.host", '"8.8.8.8"', "private"),
        ("[database]\nurl = 'mysql://u:geheim@h/d'\n", "database.url", "***", "postgresql"),
        ("[queue]\nring_s = 1\n", "queue.ring_s", "1", "至少 5"),
        ("web = 3\n", "web", "3", "[节名]"),
        ("[recording]\nnever_lines = ['12345x']\n", "recording.never_lines[0]", '"12345x"', "[0-9]"),
        ("[recording]\nfree_warn = 1.5\n", "recording.free_warn", "1.5", "最多 1"),
        ("[alarms]\nwait_warn_s = 1\n", "alarms.wait_warn_s", "1", "至少 5"),
        (
            "[numbers.routes]\n'0' = {trunk = 'carier'}\n",
            'numbers.routes."0".trunk',
            '"carier"',
            "selftest-carrier",
        ),
    ],
)
def test_each_fault_names_key_value_and_remedy(
    tmp_path: Path, text: str, key: str, value: str, remedy: str
) -> None:
    (fault,) = refused(tmp_path, text)
    assert (fault.key, fault.value) == (key, value)
    assert remedy in fault.remedy
    assert "geheim" not in str(fault)


TWO = "[[nodes]]\nname='a'\n[[nodes]]\nname='b'\nport=5039\n"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (TWO, ["nodes[1].sip_port", "nodes[1].rtp_first"]),
        (TWO + "sip_port=5070\n", ["nodes[1].rtp_first"]),
        (TWO + "sip_port=5070\nrtp_first=19000\nrtp_last=29999\n", ["nodes[1].rtp_first"]),
        (TWO + "sip_host='127.0.0.8'\n", []),
        (TWO.replace("5039", "5038") + "sip_host='127.0.0.8'\n", ["nodes[1].port"]),
        (TWO.replace("'b'", "'a'") + "sip_host='127.0.0.8'\n", ["nodes[1].name"]),
        ("[[nodes]]\nname='selftest-carrier'\n", ["nodes[0].name"]),
        (TWO + "sip_port=5070\nrtp_first=20000\n", ["nodes[1]"]),
    ],
)
def test_two_nodes_of_one_house_have_places_of_their_own(tmp_path: Path, text: str, keys: list[str]) -> None:
    if not keys:
        (tmp_path / "hotline.toml").write_text(text)
        assert len(load(tmp_path / "hotline.toml", {}).nodes) == 2
        return
    assert [fault.key for fault in refused(tmp_path, text)] == keys


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ("[recording]\nfree_warn = 0.1\nfree_bad = 0.2\n", "recording", "free_bad"),
        ("[alarms]\nwait_warn_s = 60\nwait_bad_s = 30\n", "alarms", "wait_bad_s"),
        ("[alarms]\nservice_warn = 0.5\nservice_bad = 0.6\n", "alarms", "service_bad"),
    ],
)
def test_a_worse_level_lies_beyond_the_milder_one(tmp_path: Path, text: str, key: str, remedy: str) -> None:
    (fault,) = refused(tmp_path, text)
    assert fault.key == key
    assert remedy in fault.remedy


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, "[web]\nport = 0\nhots = 1\n[rtp]\nfirst = -1\n")) == 3


def test_a_bad_variable_is_told_as_a_variable(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, "", HOTLINE_WEB__PORT="many")
    assert (fault.file, fault.key, fault.value) == ("环境变量", "web.port", '"many"')


def test_an_unknown_variable_is_refused_with_the_nearest_section(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, "", HOTLINE_QUEU__RING_S="9")
    assert "queue" in fault.remedy


def test_a_variable_that_is_not_json_is_told(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, "", HOTLINE_TRUNKS="[oops")
    assert "JSON" in fault.remedy
