-- outages
-- question: At which ticks was each station without a bike, or without a dock, and what stood on either side?
-- grain: source, kind, station_code, snapshot_epoch
-- reads: station_observations
-- window: 7 d

-- Neighbours are the previous and next row of the same station; they count only if the earlier one holds until the later
-- one. Only an operative station with a bike (or a dock) ends an outage: if it is closed or its count is unknown, the
-- outage may continue.
with neighbours as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        until_epoch,
        age_s,
        station_code,
        zone_code,
        zone_name,
        name,
        is_short,
        is_dock_full,
        lag(until_epoch) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_until_epoch,
        lead(snapshot_epoch) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as next_epoch,
        lag(is_short) over (partition by source, station_code order by snapshot_epoch asc nulls last) as was_short,
        lag(is_dock_full) over (partition by source, station_code order by snapshot_epoch asc nulls last) as was_full,
        lag(has_bike) over (partition by source, station_code order by snapshot_epoch asc nulls last) as had_bike,
        lag(has_dock) over (partition by source, station_code order by snapshot_epoch asc nulls last) as had_dock,
        lead(has_bike) over (partition by source, station_code order by snapshot_epoch asc nulls last) as gets_bike,
        lead(has_dock) over (partition by source, station_code order by snapshot_epoch asc nulls last) as gets_dock
    from station_observations
    where age_s <= 604800
),

kinds as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        until_epoch,
        age_s,
        station_code,
        zone_code,
        zone_name,
        name,
        'no_bike' as kind,
        case when previous_until_epoch = snapshot_epoch and was_short then 0 else 1 end as is_first,
        case when previous_until_epoch = snapshot_epoch and had_bike then true else false end as is_preceded,
        case when next_epoch = until_epoch and gets_bike then true else false end as is_followed
    from neighbours
    where is_short
    union all
    select
        source,
        snapshot_at,
        snapshot_epoch,
        until_epoch,
        age_s,
        station_code,
        zone_code,
        zone_name,
        name,
        'no_dock' as kind,
        case when previous_until_epoch = snapshot_epoch and was_full then 0 else 1 end as is_first,
        case when previous_until_epoch = snapshot_epoch and had_dock then true else false end as is_preceded,
        case when next_epoch = until_epoch and gets_dock then true else false end as is_followed
    from neighbours
    where is_dock_full
)

select
    source,
    kind,
    station_code,
    snapshot_at,
    snapshot_epoch,
    age_s,
    name,
    zone_code,
    zone_name,
    is_preceded,
    is_followed,
    until_epoch,
    cast(
        sum(is_first) over (
            partition by source, kind, station_code
            order by snapshot_epoch asc nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as episode_key
from kinds
