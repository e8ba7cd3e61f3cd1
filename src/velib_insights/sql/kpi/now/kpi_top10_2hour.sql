-- kpi_top10_2hour
-- question: Which ten stations were the most critical over the last two hours?
-- grain: critical_rank
-- reads: station_observations
-- window: 24 h

-- Ranked by the minutes without a bike or without a dock in the two hours before now. Eight ticks make ties
-- certain, so the order is total: still out, longest current outage, minutes low or nearly full, larger capacity,
-- code. The current outage counts with its whole length, up to 24 h: at night some forty stations are out for the
-- whole two hours, and only the length of their outage distinguishes them.
with observed as (
    select
        o.source,
        o.snapshot_at,
        o.age_s,
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
        o.is_operative,
        o.is_short,
        o.is_dock_full,
        o.is_low,
        o.is_saturated,
        o.is_unusable,
        case when o.age_s > 7200 then o.hold_s - (o.age_s - 7200) else o.hold_s end as held_s
    from station_observations as o
    -- No observation holds for more than two hours: said so that an engine opens no more than these hours.
    where o.age_s <= 14400 and (o.age_s <= 7200 or o.age_s - o.hold_s < 7200)
),

out_now as (
    select
        source,
        station_code
    from observed
    where age_s = 0 and is_unusable
),

recent_ticks as (
    select
        o.source,
        o.station_code,
        o.snapshot_epoch,
        o.age_s,
        o.is_unusable,
        case
            when
                o.snapshot_epoch = lag(o.until_epoch) over (
                    partition by o.source, o.station_code order by o.snapshot_epoch asc nulls last
                )
                then true
            else false
        end as is_continued,
        lag(case when o.has_bike and o.has_dock then true else false end) over (
            partition by o.source, o.station_code order by o.snapshot_epoch asc nulls last
        ) as was_well
    from station_observations as o
    inner join out_now as n
        on o.source = n.source and o.station_code = n.station_code
    where o.age_s <= 86400
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
        max(age_s) as current_s,
        max(start_was_seen) as start_was_seen
    from contiguity
    where is_unusable and snapshot_epoch >= last_break_epoch
    group by source, station_code
),

totals as (
    select
        source,
        station_code,
        max(snapshot_at) as now_at,
        max(snapshot_epoch + age_s) as now_epoch,
        max(station_id) as station_id,
        max(case when age_s = 0 then name end) as name,
        max(name) as any_name,
        max(case when age_s = 0 then lat end) as lat,
        max(case when age_s = 0 then lon end) as lon,
        max(zone_code) as zone_code,
        max(zone_name) as zone_name,
        max(case when age_s = 0 then capacity end) as capacity,
        max(case when age_s = 0 then bikes end) as bikes,
        max(case when age_s = 0 then docks end) as docks,
        sum(case when is_operative then held_s else 0 end) as operative_s,
        sum(case when is_unusable then held_s else 0 end) as outage_s,
        sum(case when is_short then held_s else 0 end) as short_s,
        sum(case when is_dock_full then held_s else 0 end) as no_dock_s,
        sum(case when is_low then held_s else 0 end) as low_s,
        sum(case when is_saturated then held_s else 0 end) as saturated_s,
        sum(case when is_low or is_saturated then held_s else 0 end) as strained_s,
        max(case when age_s = 0 and is_unusable then 1 else 0 end) as still_out
    from observed
    group by source, station_code
),

ranked as (
    select
        t.source,
        max(t.now_at) over (partition by t.source) as now_at,
        t.now_epoch,
        t.station_code,
        t.station_id,
        coalesce(t.name, t.any_name) as name,
        t.lat,
        t.lon,
        t.zone_code,
        t.zone_name,
        t.capacity,
        t.bikes,
        t.docks,
        t.operative_s,
        t.outage_s,
        t.short_s,
        t.no_dock_s,
        t.low_s,
        t.saturated_s,
        t.still_out,
        coalesce(s.current_s, 0) as current_s,
        s.start_was_seen,
        row_number() over (
            order by
                t.outage_s desc nulls last,
                t.still_out desc nulls last,
                coalesce(s.current_s, 0) desc nulls last,
                t.strained_s desc nulls last,
                t.capacity desc nulls last,
                t.station_code asc nulls last
        ) as critical_rank
    from totals as t
    left join spells as s
        on t.source = s.source and t.station_code = s.station_code
    where t.strained_s > 0 or t.outage_s > 0
)

select
    source,
    now_at as snapshot_at,
    now_epoch as snapshot_epoch,
    cast(critical_rank as integer) as critical_rank,
    station_code,
    station_id,
    name,
    lat,
    lon,
    zone_code,
    zone_name,
    capacity,
    bikes,
    docks,
    case
        when short_s > 0 and no_dock_s > 0 then 'both'
        when short_s > 0 then 'no_bike'
        when no_dock_s > 0 then 'no_dock'
        when low_s >= saturated_s then 'low'
        else 'nearly_full'
    end as reason,
    cast(floor(cast(outage_s as double) / 60) as integer) as outage_minutes,
    cast(floor(cast(short_s as double) / 60) as integer) as short_minutes,
    cast(floor(cast(no_dock_s as double) / 60) as integer) as no_dock_minutes,
    cast(floor(cast(low_s as double) / 60) as integer) as low_minutes,
    cast(floor(cast(saturated_s as double) / 60) as integer) as saturated_minutes,
    case when still_out = 1 then true else false end as is_still_out,
    cast(floor(cast(current_s as double) / 60) as integer) as current_outage_minutes,
    case when still_out = 0 then null when start_was_seen = 1 then false else true end as current_outage_is_open,
    cast(operative_s as double) / 7200 as coverage
from ranked
where critical_rank <= 10
