"""AWS as its own tools find it: credentials from the environment, a profile, single sign-on or the machine's role.

boto3 is an extra. Without it the environment and machine roles still work, for the lake alone.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

from velib_insights.core.errors import LakeError, SettingsError, VelibError

if TYPE_CHECKING:
    import boto3

INSTALL = "pip install 'velib-insights[aws]'"
_REFUSED = (
    *("AccessDenied", "AccessDeniedException", "UnauthorizedException"),
    *("ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"),
)
_BUSY = ("ThrottlingException", "TooManyRequestsException", "Throttling")
_LOG_IN = "Log in (aws sso login), name a profile (AWS_PROFILE) or set AWS_ACCESS_KEY_ID and its secret."


def session(region: str | None = None) -> boto3.Session:
    """Raises SettingsError without boto3, for a profile that is not known, or where no region is set."""
    if importlib.util.find_spec("boto3") is None:
        raise SettingsError("Athena is reached through boto3, which is not installed", hint=INSTALL)
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        # boto3 itself reads AWS_DEFAULT_REGION alone; the command line of AWS, and the lake here, AWS_REGION too.
        made = boto3.Session(region_name=region or os.environ.get("AWS_REGION"))
    except BotoCoreError as error:
        raise aws_error(error, "AWS") from error
    if made.region_name is None:
        raise SettingsError(
            "no AWS region is set", hint="Set AWS_REGION, or s3_region in velib.toml, as us-east-1."
        )
    return made


def store_credentials() -> Any:
    """What obstore asks for credentials: boto3, for what only it knows (profiles, single sign-on); else None, and
    the store looks in the environment and asks the machine.

    Raises SettingsError for a profile that is not known.
    """
    if "AWS_ACCESS_KEY_ID" in os.environ or importlib.util.find_spec("boto3") is None:
        return None
    import boto3
    from botocore.exceptions import BotoCoreError
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        found = boto3.Session()
        return Boto3CredentialProvider(found) if found.get_credentials() is not None else None
    except BotoCoreError as error:
        raise aws_error(error, "AWS") from error


def aws_error(error: Exception, service: str) -> VelibError:
    """An error of botocore in our words: SettingsError for what is set wrongly, LakeError for what is refused."""
    from botocore import exceptions as boto

    text = str(error).strip()
    if isinstance(error, boto.ProfileNotFound):
        return SettingsError(f"AWS: {text}", hint="Check AWS_PROFILE against ~/.aws/config.")
    if isinstance(
        error,
        boto.NoCredentialsError
        | boto.PartialCredentialsError
        | boto.CredentialRetrievalError
        | boto.SSOError
        | boto.TokenRetrievalError,
    ):
        return SettingsError(f"there are no AWS credentials that work: {text}", hint=_LOG_IN)
    if isinstance(error, boto.NoRegionError):
        return SettingsError("no AWS region is set", hint="Set AWS_REGION, as us-east-1.")
    if isinstance(error, boto.ClientError):
        told = error.response.get("Error", {})
        code, message = str(told.get("Code", "")), str(told.get("Message") or text)
        if code in _REFUSED:
            return LakeError(
                f"{service} refused: {message}", hint=f"Check the rights of your AWS identity. {_LOG_IN}"
            )
        if code in _BUSY:
            return LakeError(f"{service} is busy: {message}", hint="Try again in a minute.")
        return LakeError(f"{service} answered {code}: {message}", hint="Check the settings of AWS.")
    if isinstance(error, boto.HTTPClientError | boto.EndpointConnectionError):
        return LakeError(f"{service} cannot be reached: {text}", hint="Check the network and AWS_REGION.")
    return LakeError(f"{service}: {text}", hint="Check the network and the settings of AWS.")
