-- station_now
-- question: What is true of each station now, and if it is without a bike or a dock, since when?
-- grain: station_code
-- reads: station_observations, source_velib
-- window: 24 h

-- An outage is dated at most 24 hours back; out_since_is_open says that it may have begun before what was seen.
with recent_ticks as (
    select
        source,
        station_code,
        snapshot_epoch,
        is_unusable,
        case
            when
                snapshot_epoch = lag(until_epoch) over (
                    partition by source, station_code order by snapshot_epoch asc nulls last
                )
                then true
            else false
        end as is_continued,
        lag(case when has_bike and has_dock then true else false end) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as was_well
    from station_observations
    where age_s <= 86400
),

contiguity as (
    select
        recent_ticks.*,
        case when is_continued and was_well then 1 else 0 end as start_was_seen,
        max(case when not is_unusable or not is_continued then snapshot_epoch end) over (
            partition by source, station_code
        ) as last_break_epoch
    from recent_ticks
),

spells as (
    select
        source,
        station_code,
        min(snapshot_epoch) as since_epoch,
        max(start_was_seen) as start_was_seen
    from contiguity
    where is_unusable and snapshot_epoch >= last_break_epoch
    group by source, station_code
)

select
    n.source,
    n.snapshot_at,
    n.snapshot_epoch,
    n.station_code,
    n.station_id,
    n.name,
    n.lat,
    n.lon,
    n.zone_code,
    n.zone_name,
    n.zone_kind,
    n.capacity,
    n.bikes,
    n.mechanical,
    n.ebikes,
    n.docks,
    n.fill_rate,
    n.unavailable_docks,
    n.last_reported,
    n.is_operative,
    case when o.is_operative is null then false else true end as is_state_known,
    n.is_short,
    n.is_low,
    n.is_dock_full,
    n.is_saturated,
    n.saturation_reason,
    n.is_unusable,
    s.since_epoch as out_since_epoch,
    case when s.since_epoch is null then null when s.start_was_seen = 1 then false else true end as out_since_is_open
from station_observations as n
inner join source_velib as o
    on
        n.source = o.source
        and n.date = o.date
        and n.hour = o.hour
        and n.snapshot_epoch = o.snapshot_epoch
        and n.station_id = o.station_id
left join spells as s
    on n.source = s.source and n.station_code = s.station_code
where n.age_s = 0
