-- insights_observed_hours
-- question: How much of each local hour of each day was observed, and at which cadence?
-- grain: local_date, local_hour
-- reads: observed_ticks
-- window: all

select
    source,
    local_date,
    local_hour,
    cast(sum(hold_s) as bigint) as observed_s,
    min(cadence_s) as least_cadence_s,
    max(cadence_s) as most_cadence_s
from observed_ticks
where is_observed and hold_s > 0
group by source, local_date, local_hour
