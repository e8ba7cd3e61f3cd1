"""Credentials for the lake on S3: from the environment, from a profile by way of boto3, and in other processes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from tests import needed

from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import LakeError, SettingsError

needed.module("boto3", "aws")


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without AWS settings, and nothing of them in the environment; the place for its credentials file."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


def test_a_profile_opens_the_lake(
    s3_lake: Lake, s3_endpoint: str, no_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3_lake.put("raw/x", b"x")
    (no_keys / "credentials").write_text(
        "[velib]\naws_access_key_id = profile\naws_secret_access_key = secret\n", "utf-8"
    )
    (no_keys / "config").write_text("[profile velib]\nregion = eu-west-3\n", "utf-8")
    monkeypatch.setenv("AWS_PROFILE", "velib")
    lake = Lake.open(s3_lake.name, endpoint=s3_endpoint)
    assert lake.get("raw/x") == b"x"
    lake.put("raw/y", b"y")
    assert s3_lake.get("raw/y") == b"y"
    # Cleaning many hours hands the lake to other processes.
    assert pickle.loads(pickle.dumps(lake)).get("raw/x") == b"x"  # noqa: S301 - our own


def test_an_unknown_profile_is_said(no_keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SettingsError, match="nobody") as told:
        Lake.open("s3://bucket/velib", region="us-east-1")
    assert "AWS_PROFILE" in told.value.hint


def test_keys_in_the_environment_need_no_boto3(
    s3_lake: Lake, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")  # the keys win, as with the tools of AWS
    s3_lake.put("raw/x", b"x")
    assert Lake.open(s3_lake.name, region="eu-west-3", endpoint=s3_endpoint).get("raw/x") == b"x"


def test_a_bucket_that_is_not_there_is_said(s3_lake: Lake, s3_endpoint: str) -> None:
    lake = Lake.open("s3://no-such-bucket-of-velib/x", region="eu-west-3", endpoint=s3_endpoint)
    with pytest.raises(LakeError, match="no-such-bucket-of-velib") as told:
        lake.put("raw/x", b"x")
    assert "bucket's name" in told.value.hint


@pytest.mark.parametrize("where", ["folder", "s3"])
def test_a_lake_in_another_process_is_the_same(
    where: str, lake: Lake, request: pytest.FixtureRequest
) -> None:
    one: Lake = lake if where == "folder" else request.getfixturevalue("s3_lake")
    one.put("raw/x", b"x")
    other = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own
    assert (other.get("raw/x"), other.root) == (b"x", one.root)
