-- latest_tick
-- question: What is "now"? The latest tick at which the network was really observed, not the wall clock.
-- grain: source
-- reads: observed_ticks
-- window: latest tick

select
    source,
    snapshot_at,
    snapshot_epoch,
    local_date,
    local_hour,
    local_weekday,
    cadence_s,
    date,
    hour
from observed_ticks
where is_observed and age_s = 0
