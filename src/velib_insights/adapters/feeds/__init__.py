"""Feeds over HTTP: a feed has one verb, `fetch() -> core.fetch.Fetched`, and `probe()` for diagnosis.

Importing this package imports no HTTP library; making an `HttpClient` (or a feed without one) does.
"""

from velib_insights.adapters.feeds.client import BodyForDigest, HttpClient, Validators, validators_in
from velib_insights.adapters.feeds.credentials import Credentials
from velib_insights.adapters.feeds.gbfs import VELIB_GBFS_URL, GbfsFeed
from velib_insights.adapters.feeds.limits import HttpLimits
from velib_insights.adapters.feeds.opendatasoft import VELIB_OPENDATASOFT_URL, OpendatasoftFeed
from velib_insights.adapters.feeds.probe import FeedProbe
from velib_insights.adapters.feeds.survey import Survey, survey_gbfs, survey_opendatasoft

__all__ = [
    "VELIB_GBFS_URL",
    "VELIB_OPENDATASOFT_URL",
    "BodyForDigest",
    "Credentials",
    "FeedProbe",
    "GbfsFeed",
    "HttpClient",
    "HttpLimits",
    "OpendatasoftFeed",
    "Survey",
    "Validators",
    "survey_gbfs",
    "survey_opendatasoft",
    "validators_in",
]
