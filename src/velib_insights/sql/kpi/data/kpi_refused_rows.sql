-- kpi_refused_rows
-- question: How many rows were refused each day, and by which rule?
-- grain: date, rule
-- reads: quarantine
-- window: all

select
    source,
    date,
    rule,
    cast(count(*) as bigint) as refused,
    cast(count(distinct snapshot_at) as integer) as ticks_concerned,
    max(reason) as example
from quarantine
group by source, date, rule
