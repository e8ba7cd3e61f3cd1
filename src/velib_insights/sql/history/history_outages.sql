-- history_outages
-- question: When was each station without a bike, without a dock or out of service, and for how long each time?
-- grain: station_code, kind, started_epoch
-- reads: outage_day, station_day, calendar
-- window: all

-- Outages that lie at least partly in the days asked for, at their whole length, however long ago they began. A part
-- that goes on over midnight and the one that it continues are one outage. It lasted at least from its first
-- observation to its last one (minutes_least), at most from the last one well before to the first one well after
-- (minutes_most, null where one of them was not seen); episode_minutes is until the last observation holds. An open one
-- goes on at the end of the last day of the rollup.
with bounds as (
    select
        min(local_date) as first_date,
        max(local_date) as last_date
    from calendar
),

latest as (
    select max(local_date) as local_date
    from outage_day
),

chained as (
    select
        o.source,
        o.kind,
        o.station_code,
        o.local_date,
        o.started_epoch,
        o.last_out_epoch,
        o.until_epoch,
        o.well_before_epoch,
        o.well_after_epoch,
        o.goes_on,
        sum(case when o.is_continued then 0 else 1 end) over (
            partition by o.source, o.kind, o.station_code
            order by o.started_epoch asc nulls last
            rows between unbounded preceding and current row
        ) as chain
    from outage_day as o
    where o.is_continued or o.goes_on
),

outages as (
    select
        source,
        kind,
        station_code,
        local_date as first_date,
        local_date as last_date,
        started_epoch,
        last_out_epoch,
        until_epoch as ended_epoch,
        well_before_epoch,
        well_after_epoch,
        0 as goes_on
    from outage_day
    where not is_continued and not goes_on
    union all
    select
        source,
        kind,
        station_code,
        min(local_date) as first_date,
        max(local_date) as last_date,
        min(started_epoch) as started_epoch,
        max(last_out_epoch) as last_out_epoch,
        max(until_epoch) as ended_epoch,
        max(well_before_epoch) as well_before_epoch,
        max(well_after_epoch) as well_after_epoch,
        max_by(case when goes_on then 1 else 0 end, started_epoch) as goes_on
    from chained
    group by source, kind, station_code, chain
),

stations as (
    select
        source,
        station_code,
        max_by(name, local_date) as name,
        max_by(zone_code, local_date) as zone_code,
        max_by(zone_name, local_date) as zone_name
    from station_day
    group by source, station_code
)

select
    o.source,
    o.station_code,
    s.name,
    coalesce(s.zone_code, '') as zone_code,
    coalesce(s.zone_name, 'Unknown') as zone_name,
    o.kind,
    o.first_date as local_date,
    o.started_epoch,
    o.ended_epoch,
    cast(floor(cast(o.ended_epoch - o.started_epoch as double) / 60) as integer) as episode_minutes,
    cast(floor(cast(o.last_out_epoch - o.started_epoch as double) / 60) as integer) as minutes_least,
    cast(floor(cast(o.well_after_epoch - o.well_before_epoch as double) / 60) as integer) as minutes_most,
    case when o.goes_on = 1 and o.last_date = l.local_date then true else false end as is_open,
    case when o.well_before_epoch is not null then true else false end as start_was_seen,
    case when o.well_after_epoch is not null then true else false end as end_was_seen
from outages as o
cross join bounds as b
cross join latest as l
left join stations as s
    on o.source = s.source and o.station_code = s.station_code
where o.last_date >= b.first_date and o.first_date <= b.last_date
