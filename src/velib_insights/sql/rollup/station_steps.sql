-- station_steps
-- question: What stood on either side of each observation of a station?
-- grain: source, station_code, snapshot_epoch
-- reads: station_observations
-- window: all

-- Not stored: station_day and outage_day are made from it, so that observations are put in order once. A neighbour
-- follows directly where the earlier of the two holds until the later one.
select
    source,
    station_code,
    local_date,
    snapshot_epoch,
    until_epoch,
    cadence_s,
    is_operative,
    bikes,
    docks,
    lag(snapshot_epoch) over (partition by source, station_code order by snapshot_epoch asc nulls last) as previous_epoch,
    lag(until_epoch) over (
        partition by source, station_code order by snapshot_epoch asc nulls last
    ) as previous_until_epoch,
    lag(local_date) over (partition by source, station_code order by snapshot_epoch asc nulls last) as previous_date,
    lag(utc_offset_s) over (
        partition by source, station_code order by snapshot_epoch asc nulls last
    ) as previous_offset_s,
    lag(is_operative) over (partition by source, station_code order by snapshot_epoch asc nulls last) as was_operative,
    lag(bikes) over (partition by source, station_code order by snapshot_epoch asc nulls last) as previous_bikes,
    lag(docks) over (partition by source, station_code order by snapshot_epoch asc nulls last) as previous_docks,
    lead(snapshot_epoch) over (partition by source, station_code order by snapshot_epoch asc nulls last) as next_epoch,
    lead(local_date) over (partition by source, station_code order by snapshot_epoch asc nulls last) as next_date,
    lead(is_operative) over (
        partition by source, station_code order by snapshot_epoch asc nulls last
    ) as will_be_operative,
    lead(bikes) over (partition by source, station_code order by snapshot_epoch asc nulls last) as next_bikes,
    lead(docks) over (partition by source, station_code order by snapshot_epoch asc nulls last) as next_docks
from station_observations
