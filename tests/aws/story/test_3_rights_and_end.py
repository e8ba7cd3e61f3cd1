"""What was called is what the rights are measured by; and nothing is left in the end."""

from __future__ import annotations

import pytest
from tests.aws.deployment import Deployment
from tests.aws.needs import NEEDS, NOT_SEEN_BY_THE_EMULATOR

pytestmark = [pytest.mark.aws, pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(900)]

_NAMES = {
    "ingest": "velib_ingest_lambda",
    "publish": "velib_publish_lambda",
    "crawler": "velib_clean_crawler",
    "pipeline": "velib_pipeline",
    "kpi_views": "velib_kpi_views",
    "schedule": "velib_pipeline_schedule",
}
ROLE_NAMES = {(role, profile): name for role, name in _NAMES.items() for profile in NEEDS}
ROLE_NAMES |= {("clean", "default"): "velib_clean_job", ("clean", "lean"): "velib_clean_lambda"}


def test_what_was_called_is_what_the_rights_are_measured_by(deployment: Deployment) -> None:
    """needs.py says neither less nor more than what the roles did, as far as it can be seen here."""
    calls = [(role, call.action) for role, call, allowed in deployment.emulator.calls() if allowed]
    until = deployment.calls_of_the_default
    made = {"default": calls[:until], "lean": calls[until:]}
    for profile, roles in NEEDS.items():
        for role, needs in roles.items():
            same = NEEDS["default"].get(role) == NEEDS["lean"].get(role)
            called = {
                action
                for name, action in (calls if same else made[profile])
                if name == ROLE_NAMES[role, profile]
            }
            needed = {call.action for call in needs}
            unseen = NOT_SEEN_BY_THE_EMULATOR[role]
            assert called <= needed, f"{profile}: {role} calls what needs.py does not say"
            assert needed - called <= unseen, f"{profile}: {role} never calls these"
            assert called & unseen == set(), f"{profile}: {role} is seen to call these"


def test_destroy_leaves_nothing(deployment: Deployment) -> None:
    deployment.destroy()
    assert deployment.module.state().resources == {}
    client = deployment.emulator.client
    left = {
        "buckets": client("s3").list_buckets()["Buckets"],
        "functions": client("lambda").list_functions()["Functions"],
        "databases": client("glue").get_databases()["DatabaseList"],
        "jobs": client("glue").get_jobs()["Jobs"],
        "crawlers": client("glue").get_crawlers()["Crawlers"],
        "machines": client("stepfunctions").list_state_machines()["stateMachines"],
        "schedules": client("scheduler").list_schedules()["Schedules"],
        "workgroups": [
            each["Name"]
            for each in client("athena").list_work_groups()["WorkGroups"]
            if each["Name"] != "primary"
        ],
        "roles": client("iam").list_roles()["Roles"],
        "topics": client("sns").list_topics()["Topics"],
        "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
        "logs": client("logs").describe_log_groups()["logGroups"],
    }
    assert {what: found for what, found in left.items() if found} == {}
