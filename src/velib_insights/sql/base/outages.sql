-- outages
-- question: At which ticks was each station without a bike, or without a dock, and what stood on either side?
-- grain: source, kind, station_code, snapshot_epoch
-- reads: station_observations
-- window: 7 d

-- The neighbours are those of the station's own rows; they count only where the steps follow each other.
with neighbours as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        age_s,
        steps_ago,
        hold_s,
        station_code,
        zone_code,
        zone_name,
        name,
        is_short,
        is_dock_full,
        lag(steps_ago) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_steps_ago,
        lead(steps_ago) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as next_steps_ago,
        lead(snapshot_epoch) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as next_epoch
    from station_observations
    where age_s <= 604800
),

kinds as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        age_s,
        steps_ago,
        hold_s,
        station_code,
        zone_code,
        zone_name,
        name,
        'short' as kind,
        previous_steps_ago,
        next_steps_ago,
        next_epoch
    from neighbours
    where is_short
    union all
    select
        source,
        snapshot_at,
        snapshot_epoch,
        age_s,
        steps_ago,
        hold_s,
        station_code,
        zone_code,
        zone_name,
        name,
        'no_dock' as kind,
        previous_steps_ago,
        next_steps_ago,
        next_epoch
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
    case when previous_steps_ago = steps_ago + 1 then true else false end as is_preceded,
    case when next_steps_ago = steps_ago - 1 then true else false end as is_followed,
    case when next_steps_ago = steps_ago - 1 then next_epoch else snapshot_epoch + hold_s end as until_epoch,
    cast(
        steps_ago + row_number() over (
            partition by source, kind, station_code order by snapshot_epoch asc nulls last
        ) as bigint
    ) as episode_key
from kinds
