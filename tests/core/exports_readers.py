"""The two readers of exports/json, and what they must agree on."""

from __future__ import annotations

from dataclasses import fields

import pytest
from tests.needed import missing

from velib_insights.core.arrow_columns import ArrowColumns, ToArrow
from velib_insights.core.dialects import compiled, decode
from velib_insights.core.observations import Decoded


@pytest.fixture(scope="session")
def exports_reader() -> compiled.CompiledExports:
    found = compiled.load()
    if found is None:
        missing("exports.c was not compiled when the package was installed (it takes a C compiler)")
    return found


def read_alike(reader: compiled.CompiledExports, body: bytes) -> Decoded[ArrowColumns] | None:
    """What the compiled reader makes of the body; where that is something, Python must make the same of it."""
    found = reader.decode({"exports": body})
    if found is not None:
        judged = decode({"exports": body})
        assert (judged.outcome, judged.reason, judged.refusals) == ("ok", None, ()), body
        assert found.stations_seen == judged.stations_seen
        assert (found.stations_expected, found.feed_clock) == (judged.stations_expected, judged.feed_clock)
        expected = ToArrow()(judged.columns)
        for column in (field.name for field in fields(ArrowColumns)):
            array = getattr(found.columns, column)
            array.validate(full=True)
            assert array.equals(getattr(expected, column)), (column, body)
    return found
