-- kpi_station_saturation
-- question: Which stations are saturated (no free dock, or at least 90 % full), why, and since when?
-- grain: station_code
-- reads: station_observations
-- window: 24 h

-- reason: no_dock, fill_90 (the two together make the standard definition), not_operative (a plain count takes it
-- for saturated, but no bike can be brought there) or declared_90 (operative and under 90 % of its working docks,
-- but at 90 % of the capacity that the operator declares). since_at is the start of being saturated by the
-- standard definition, or by the naive one where only that holds.
with saturated as (
    select
        o.source,
        o.snapshot_at,
        o.snapshot_epoch,
        o.station_code,
        o.station_id,
        o.name,
        o.lat,
        o.lon,
        o.zone_code,
        o.zone_name,
        o.capacity,
        o.bikes,
        o.docks,
        o.fill_rate,
        o.occupancy,
        o.is_operative,
        o.is_saturated,
        o.is_saturated_naive,
        o.is_dock_full,
        case
            when o.is_saturated then o.saturation_reason
            when not o.is_operative then 'not_operative'
            else 'declared_90'
        end as reason,
        o.date,
        o.hour
    from station_observations as o
    where o.age_s = 0 and (o.is_saturated or o.is_saturated_naive)
),

past as (
    select
        o.source,
        o.station_code,
        o.snapshot_at,
        o.snapshot_epoch,
        o.until_epoch,
        case when c.is_saturated then o.is_saturated else o.is_saturated_naive end as was_saturated,
        case
            when o.bikes is null or o.docks is null then false
            when c.is_saturated and (not o.is_operative or o.is_saturated) then false
            when o.is_saturated_naive and not c.is_saturated then false
            else true
        end as had_room
    from station_observations as o
    inner join saturated as c
        on o.source = c.source and o.station_code = c.station_code
    where o.age_s <= 86400
),

recent_ticks as (
    select
        past.*,
        lag(had_room) over (partition by source, station_code order by snapshot_epoch asc nulls last) as had_room_before,
        case
            when
                snapshot_epoch = lag(until_epoch) over (
                    partition by source, station_code order by snapshot_epoch asc nulls last
                )
                then true
            else false
        end as is_continued
    from past
),

contiguity as (
    select
        recent_ticks.*,
        case when is_continued and had_room_before then 1 else 0 end as start_was_seen,
        max(case when not was_saturated or not is_continued then snapshot_epoch end) over (
            partition by source, station_code
        ) as last_break_epoch
    from recent_ticks
),

spells as (
    select
        source,
        station_code,
        min(snapshot_at) as since_at,
        min(snapshot_epoch) as since_epoch,
        max(start_was_seen) as start_was_seen
    from contiguity
    where was_saturated and snapshot_epoch >= last_break_epoch
    group by source, station_code
)

select
    c.source,
    c.snapshot_at,
    c.snapshot_epoch,
    c.station_code,
    c.station_id,
    c.name,
    c.lat,
    c.lon,
    c.zone_code,
    c.zone_name,
    c.capacity,
    c.bikes,
    c.docks,
    c.fill_rate,
    c.occupancy,
    c.is_operative,
    c.is_saturated,
    c.is_saturated_naive,
    c.is_dock_full,
    c.reason,
    s.since_at,
    s.since_epoch,
    cast(floor(cast(c.snapshot_epoch - s.since_epoch as double) / 60) as integer) as since_minutes,
    case when s.start_was_seen = 1 then false else true end as since_is_open,
    c.date,
    c.hour
from saturated as c
inner join spells as s
    on c.source = s.source and c.station_code = s.station_code
