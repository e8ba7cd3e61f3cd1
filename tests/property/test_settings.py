"""Settings of any value are read or refused with the place they stand at; nothing else is raised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from velib_insights.core.errors import SettingsError
from velib_insights.settings import SETTINGS, read_settings

values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers())
)
NOWHERE: dict[str, str] = {}


@given(st.sampled_from(SETTINGS), values)
def test_a_flag_of_any_value_is_read_or_refused_by_name(setting: Any, value: Any) -> None:
    try:
        settings = read_settings({setting.name: value}, NOWHERE)
    except SettingsError as error:
        assert setting.flag in error.message
        assert error.hint
    else:
        read = getattr(settings, setting.name)
        assert isinstance(read, type(setting.default))
        assert (setting.name in settings.given) == (value is not None)


@given(st.sampled_from(SETTINGS), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12))
def test_an_environment_of_any_text_is_read_or_refused_by_name(setting: Any, text: str) -> None:
    try:
        read_settings({}, {setting.env: text})
    except SettingsError as error:
        assert setting.env in error.message


@given(text=st.text(max_size=60) | st.binary(max_size=60))
def test_a_settings_file_of_any_content_is_read_or_refused_by_name(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "velib.toml"
    file.write_bytes(text.encode(errors="surrogatepass") if isinstance(text, str) else text)
    try:
        read_settings({}, NOWHERE, file)
    except SettingsError as error:
        assert "velib.toml" in error.message


@given(
    st.sampled_from(SETTINGS),
    st.sampled_from(
        ["inf", "-inf", "nan", "1e400", "5.5", "true", "[]", '""', "1979-05-27", "{a = 1}", "-1", "0"]
    ),
)
def test_a_settings_file_with_any_value_is_read_or_refused_by_name(
    tmp_path: Path, setting: Any, value: str
) -> None:
    file = tmp_path / "velib.toml"
    file.write_text(f"{setting.name} = {value}\n", "utf-8")
    try:
        read_settings({}, NOWHERE, file)
    except SettingsError as error:
        assert f"{setting.name} in {file}" in error.message
