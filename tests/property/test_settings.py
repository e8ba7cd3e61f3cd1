"""Settings of any value are read or refused with the place they stand at; nothing else is raised."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from velib_insights.core.errors import SettingsError
from velib_insights.settings import SETTINGS, Settings, read_settings

values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers())
)
plain_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
toml_values = st.sampled_from(
    ["inf", "-inf", "nan", "1e400", "5.5", "true", "[]", '""', "1979-05-27", "{a = 1}", "-1", "0"]
)


def read(
    flags: Mapping[str, Any], environ: Mapping[str, str], file: Path | None = None
) -> Settings | SettingsError:
    try:
        return read_settings(flags, environ, file)
    except SettingsError as error:
        return error


def told(answer: Settings | SettingsError, place: str) -> bool:
    """Settings, or an error that names the place and says what to do."""
    return isinstance(answer, Settings) or (place in answer.message and bool(answer.hint))


@given(st.sampled_from(SETTINGS), values)
def test_a_flag_of_any_value_is_read_or_refused_by_name(setting: Any, value: Any) -> None:
    answer = read({setting.name: value}, {})
    assert told(answer, setting.env if setting.is_secret else setting.flag)
    if isinstance(answer, Settings):
        assert isinstance(getattr(answer, setting.name), type(setting.default))
        assert (setting.name in answer.given) == (value is not None)


@given(st.sampled_from(SETTINGS), plain_text)
def test_an_environment_of_any_text_is_read_or_refused_by_name(setting: Any, text: str) -> None:
    assert told(read({}, {setting.env: text}), setting.env)


@given(text=plain_text | st.binary(max_size=60))
def test_a_settings_file_of_any_content_is_read_or_refused_by_name(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "velib.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    assert told(read({}, {}, file), "velib.toml")


@given(st.sampled_from(SETTINGS), toml_values)
def test_a_settings_file_with_any_value_is_read_or_refused_by_name(
    tmp_path: Path, setting: Any, value: str
) -> None:
    file = tmp_path / "velib.toml"
    file.write_text(f"{setting.name} = {value}\n", "utf-8")
    assert told(read({}, {}, file), f"{setting.name} in {file}")
