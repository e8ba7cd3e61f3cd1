"""Each role may do what its component does, and nothing else.

What it does stands in needs.py, which the story (tests/aws/story) holds against the calls that were really made.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.aws.needs import BUCKET, CLEAN, HISTORY, NEEDS, RAW, TICKS, WITHOUT_RESOURCE, every_need
from tests.aws.policies import Call, Policy, denied, policies_of
from tests.aws.terraform_module import Plan, component

pytestmark = pytest.mark.aws


@pytest.fixture(params=every_need(), ids="-".join)
def role(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> tuple[Policy, frozenset[Call]]:
    """The policy of one role of one profile, and what it is needed for."""
    profile, name = request.param
    return policies_of(plans[profile])[name], NEEDS[profile][name]


@pytest.mark.parametrize("profile", ["default", "lean"])
def test_every_role_is_measured(plans: dict[str, Plan], profile: str) -> None:
    assert set(policies_of(plans[profile])) == set(NEEDS[profile])


def test_a_role_may_do_all_that_it_does(role: tuple[Policy, frozenset[Call]]) -> None:
    policy, needs = role
    assert denied(policy, needs) == set()


def test_without_any_statement_something_is_denied(role: tuple[Policy, frozenset[Call]]) -> None:
    policy, needs = role
    for statement in policy:
        left = tuple(each for each in policy if each is not statement)
        assert denied(left, needs) != set(), f"{statement.sid} is not needed"


def test_without_any_action_or_resource_something_is_denied(role: tuple[Policy, frozenset[Call]]) -> None:
    policy, needs = role
    for at, statement in enumerate(policy):
        for what, less in statement.without_each_part():
            left = (*policy[:at], *((less,) if less else ()), *policy[at + 1 :])
            assert denied(left, needs) != set(), f"{what}: what was taken away is not needed"


def test_what_can_be_named_is_named(role: tuple[Policy, frozenset[Call]]) -> None:
    policy, _ = role
    for statement in policy:
        assert not any("*" in action for action in statement.actions)
        if "*" in statement.resources:
            assert set(statement.actions) <= WITHOUT_RESOURCE
        for resource in statement.resources:
            assert resource == "*" or resource.split(":")[5].partition("/")[0] not in ("", "*")


def test_one_right_too_many_is_seen(role: tuple[Policy, frozenset[Call]]) -> None:
    policy, needs = role
    wider = replace(policy[0], actions=(*policy[0].actions, "s3:DeleteBucket"))
    useless = [
        what
        for what, less in wider.without_each_part()
        if not denied((*((less,) if less else ()), *policy[1:]), needs)
    ]
    assert useless == [f"{wider.sid} without s3:DeleteBucket"]


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("ingest", Call("s3:PutObject", CLEAN)),
        ("ingest", Call("s3:DeleteObject", RAW)),
        ("ingest", Call("s3:PutObject", RAW.replace(BUCKET, "arn:aws:s3:::another-lake"))),
        ("clean", Call("s3:PutObject", RAW)),
        ("clean", Call("s3:DeleteObject", RAW)),
        ("clean", Call("s3:DeleteObject", TICKS)),
        ("publish", Call("s3:PutObject", CLEAN)),
        ("publish", Call("s3:GetObject", RAW)),
        ("publish", Call("s3:DeleteObject", HISTORY)),
        ("crawler", Call("s3:PutObject", CLEAN)),
        ("crawler", Call("s3:GetObject", RAW)),
        ("kpi_views", Call("s3:PutObject", CLEAN)),
        (
            "kpi_views",
            Call("glue:DeleteTable", "arn:aws:glue:us-east-1:123456789012:table/velib_db_tf/ticks"),
        ),
        ("kpi_views", Call("glue:UpdateTable", "arn:aws:glue:us-east-1:123456789012:table/another_db/ticks")),
        ("pipeline", Call("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:another")),
        (
            "schedule",
            Call("states:StartExecution", "arn:aws:states:us-east-1:123456789012:stateMachine:another"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value.action,
)
def test_what_a_component_has_no_business_with_is_denied(
    plans: dict[str, Plan], name: str, call: Call
) -> None:
    assert denied(policies_of(plans["default"])[name], frozenset({call})) == {call}


@pytest.mark.parametrize("profile", ["default", "lean", "lab"])
def test_only_services_may_take_a_role(plans: dict[str, Plan], profile: str) -> None:
    services = {
        component(address): found["assume_role_policy"]
        for address, found in plans[profile].of_type("aws_iam_role").items()
    }
    assert (services == {}) == (profile == "lab")
    for name, trust in services.items():
        assert trust.count(".amazonaws.com") == 1, name
        assert '"AWS"' not in trust
        assert '"*"' not in trust
