-- usual_hours
-- question: What is usual in each hour of the weekday of now, for the network, each zone and each station?
-- grain: source, scope, code, local_hour
-- reads: station_observations, observed_ticks, latest_tick
-- window: 57 d

-- Of the same weekday in the eight weeks before the day of now, which is not among them. An hour counts where at least
-- half of it was observed, with its mean over that time; an observation counts in the hour of its tick. Medians are of
-- those hours (of an even number the mean of the two in the middle), quartiles nearest-rank. Numbers of stations are of
-- the network and of zones; usual_days says of how many days each row is.
with hours as (
    select
        t.source,
        t.local_date,
        t.local_hour,
        t.local_weekday,
        sum(t.hold_s) as observed_s
    from observed_ticks as t
    inner join latest_tick as l
        on t.source = l.source
    where
        t.is_observed
        and t.hold_s > 0
        and t.age_s between 0 and 4924800
        and t.local_weekday = l.local_weekday
        and t.local_date < l.local_date
    group by t.source, t.local_date, t.local_hour, t.local_weekday
),

stations as (
    select
        o.source,
        o.local_date,
        o.local_hour,
        o.station_code,
        max(coalesce(o.zone_code, '')) as zone_code,
        cast(sum(case when o.is_operative then o.tick_hold_s else 0 end) as bigint) as operative_s,
        cast(
            sum(case when o.is_operative and o.docks is not null then o.bikes * o.tick_hold_s else 0 end) as bigint
        ) as filled_s,
        cast(
            sum(case when o.is_operative then (o.bikes + o.docks) * o.tick_hold_s else 0 end) as bigint
        ) as fillable_s,
        cast(sum(case when o.is_short then o.tick_hold_s else 0 end) as bigint) as short_s,
        cast(sum(case when o.is_dock_full then o.tick_hold_s else 0 end) as bigint) as no_dock_s,
        cast(sum(case when o.is_unusable then o.tick_hold_s else 0 end) as bigint) as unusable_s
    from station_observations as o
    inner join latest_tick as l
        on o.source = l.source
    where
        o.is_observed
        and o.age_s between 0 and 4924800
        and o.local_weekday = l.local_weekday
        and o.local_date < l.local_date
    group by o.source, o.local_date, o.local_hour, o.station_code
),

scopes as (
    select 'network' as scope
    union all
    select 'zone' as scope
),

areas as (
    select
        s.source,
        s.local_date,
        s.local_hour,
        p.scope,
        case when p.scope = 'zone' then s.zone_code else '' end as code,
        sum(s.operative_s) as operative_s,
        sum(s.filled_s) as filled_s,
        sum(s.fillable_s) as fillable_s,
        sum(s.short_s) as short_s,
        sum(s.no_dock_s) as no_dock_s,
        sum(s.unusable_s) as unusable_s
    from stations as s
    cross join scopes as p
    group by s.source, s.local_date, s.local_hour, p.scope, case when p.scope = 'zone' then s.zone_code else '' end
),

area_means as (
    select
        a.source,
        a.scope,
        a.code,
        h.local_weekday,
        a.local_hour,
        a.local_date,
        case when a.fillable_s > 0 then cast(a.filled_s as double) / cast(a.fillable_s as double) end as fill_rate,
        cast(a.unusable_s as double) / cast(a.operative_s as double) as unusable_share,
        cast(a.short_s as double) / cast(h.observed_s as double) as short_stations,
        cast(a.no_dock_s as double) / cast(h.observed_s as double) as no_dock_stations
    from areas as a
    inner join hours as h
        on a.source = h.source and a.local_date = h.local_date and a.local_hour = h.local_hour
    where h.observed_s >= 1800 and a.operative_s > 0
),

station_means as (
    select
        s.source,
        s.station_code as code,
        h.local_weekday,
        s.local_hour,
        s.local_date,
        case when s.fillable_s > 0 then cast(s.filled_s as double) / cast(s.fillable_s as double) end as fill_rate,
        cast(s.unusable_s as double) / cast(s.operative_s as double) as unusable_share
    from stations as s
    inner join hours as h
        on s.source = h.source and s.local_date = h.local_date and s.local_hour = h.local_hour
    where h.observed_s >= 1800 and s.operative_s > 0
),

ranked_areas as (
    select
        source,
        scope,
        code,
        local_weekday,
        local_hour,
        local_date,
        fill_rate,
        unusable_share,
        short_stations,
        no_dock_stations,
        count(*) over (partition by source, scope, code, local_hour) as days,
        count(fill_rate) over (partition by source, scope, code, local_hour) as fill_days,
        row_number() over (
            partition by source, scope, code, local_hour order by fill_rate asc nulls last, local_date asc nulls last
        ) as fill_place,
        row_number() over (
            partition by source, scope, code, local_hour
            order by unusable_share asc nulls last, local_date asc nulls last
        ) as unusable_place,
        row_number() over (
            partition by source, scope, code, local_hour
            order by short_stations asc nulls last, local_date asc nulls last
        ) as short_place,
        row_number() over (
            partition by source, scope, code, local_hour
            order by no_dock_stations asc nulls last, local_date asc nulls last
        ) as no_dock_place
    from area_means
),

ranked_stations as (
    select
        source,
        code,
        local_weekday,
        local_hour,
        local_date,
        fill_rate,
        unusable_share,
        count(*) over (partition by source, code, local_hour) as days,
        count(fill_rate) over (partition by source, code, local_hour) as fill_days,
        row_number() over (
            partition by source, code, local_hour order by fill_rate asc nulls last, local_date asc nulls last
        ) as fill_place,
        row_number() over (
            partition by source, code, local_hour order by unusable_share asc nulls last, local_date asc nulls last
        ) as unusable_place
    from station_means
)

-- The two places in the middle are (n + 1) / 2 rounded down and up, one for an odd number.
select
    source,
    scope,
    code,
    max(local_weekday) as local_weekday,
    local_hour,
    cast(max(days) as integer) as usual_days,
    min(local_date) as usual_from_date,
    max(local_date) as usual_to_date,
    (
        max(case when fill_place = floor(cast(fill_days + 1 as double) / 2) then fill_rate end)
        + max(case when fill_place = ceil(cast(fill_days + 1 as double) / 2) then fill_rate end)
    ) / 2 as usual_fill_rate,
    (
        max(case when unusable_place = floor(cast(days + 1 as double) / 2) then unusable_share end)
        + max(case when unusable_place = ceil(cast(days + 1 as double) / 2) then unusable_share end)
    ) / 2 as usual_unusable_share,
    (
        max(case when short_place = floor(cast(days + 1 as double) / 2) then short_stations end)
        + max(case when short_place = ceil(cast(days + 1 as double) / 2) then short_stations end)
    ) / 2 as usual_short_stations,
    max(case when short_place = ceil(cast(days as double) / 4) then short_stations end) as usual_short_stations_low,
    max(
        case when short_place = ceil(cast(3 * days as double) / 4) then short_stations end
    ) as usual_short_stations_high,
    (
        max(case when no_dock_place = floor(cast(days + 1 as double) / 2) then no_dock_stations end)
        + max(case when no_dock_place = ceil(cast(days + 1 as double) / 2) then no_dock_stations end)
    ) / 2 as usual_no_dock_stations,
    max(
        case when no_dock_place = ceil(cast(days as double) / 4) then no_dock_stations end
    ) as usual_no_dock_stations_low,
    max(
        case when no_dock_place = ceil(cast(3 * days as double) / 4) then no_dock_stations end
    ) as usual_no_dock_stations_high
from ranked_areas
group by source, scope, code, local_hour
union all
select
    source,
    'station' as scope,
    code,
    max(local_weekday) as local_weekday,
    local_hour,
    cast(max(days) as integer) as usual_days,
    min(local_date) as usual_from_date,
    max(local_date) as usual_to_date,
    (
        max(case when fill_place = floor(cast(fill_days + 1 as double) / 2) then fill_rate end)
        + max(case when fill_place = ceil(cast(fill_days + 1 as double) / 2) then fill_rate end)
    ) / 2 as usual_fill_rate,
    (
        max(case when unusable_place = floor(cast(days + 1 as double) / 2) then unusable_share end)
        + max(case when unusable_place = ceil(cast(days + 1 as double) / 2) then unusable_share end)
    ) / 2 as usual_unusable_share,
    cast(null as double) as usual_short_stations,
    cast(null as double) as usual_short_stations_low,
    cast(null as double) as usual_short_stations_high,
    cast(null as double) as usual_no_dock_stations,
    cast(null as double) as usual_no_dock_stations_low,
    cast(null as double) as usual_no_dock_stations_high
from ranked_stations
group by source, code, local_hour
