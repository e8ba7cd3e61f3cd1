-- kpi_outage_episodes
-- question: When was each station without a bike or without a dock, and for how long each time?
-- grain: station_code, kind, started_epoch
-- reads: outages
-- window: 7 d

-- An episode runs from its first tick to the tick at which the station was seen well again. A gap of up to twice the
-- cadence is bridged; after a longer one, at a closed station or with an unknown count, it is unknown whether the
-- outage continued. The episode then ends where the last observation stops holding (end_was_seen is false: it lasted at
-- least episode_minutes), and a later one starts without its start having been seen.
with episodes as (
    select
        source,
        kind,
        station_code,
        max(name) as name,
        max(zone_code) as zone_code,
        max(zone_name) as zone_name,
        min(snapshot_at) as started_at,
        min(snapshot_epoch) as started_epoch,
        max(until_epoch) as ended_epoch,
        min(age_s) as last_age_s,
        max(case when is_preceded then 1 else 0 end) as is_preceded,
        max(case when is_followed then 1 else 0 end) as is_followed
    from outages
    group by source, kind, station_code, episode_key
)

select
    source,
    station_code,
    name,
    coalesce(zone_code, '') as zone_code,
    coalesce(zone_name, 'Unknown') as zone_name,
    kind,
    started_at,
    started_epoch,
    ended_epoch,
    cast(floor(cast(ended_epoch - started_epoch as double) / 60) as integer) as episode_minutes,
    case when last_age_s = 0 then true else false end as is_open,
    case when is_preceded = 1 then true else false end as start_was_seen,
    case when is_followed = 1 then true else false end as end_was_seen
from episodes
