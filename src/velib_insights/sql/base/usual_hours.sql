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
    group by t.source, t.local_date, t.local_hour
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
    union all
    select 'station' as scope
),

sums as (
    select
        s.source,
        s.local_date,
        s.local_hour,
        p.scope,
        case p.scope when 'station' then s.station_code when 'zone' then s.zone_code else '' end as code,
        sum(s.operative_s) as operative_s,
        sum(s.filled_s) as filled_s,
        sum(s.fillable_s) as fillable_s,
        sum(s.unusable_s) as unusable_s,
        sum(case when p.scope <> 'station' then s.short_s end) as short_s,
        sum(case when p.scope <> 'station' then s.no_dock_s end) as no_dock_s
    from stations as s
    cross join scopes as p
    group by
        s.source,
        s.local_date,
        s.local_hour,
        p.scope,
        case p.scope when 'station' then s.station_code when 'zone' then s.zone_code else '' end
),

means as (
    select
        s.source,
        s.scope,
        s.code,
        s.local_hour,
        s.local_date,
        case when s.fillable_s > 0 then cast(s.filled_s as double) / cast(s.fillable_s as double) end as fill_rate,
        cast(s.unusable_s as double) / cast(s.operative_s as double) as unusable_share,
        cast(s.short_s as double) / cast(h.observed_s as double) as short_stations,
        cast(s.no_dock_s as double) / cast(h.observed_s as double) as no_dock_stations
    from sums as s
    inner join hours as h
        on s.source = h.source and s.local_date = h.local_date and s.local_hour = h.local_hour
    where h.observed_s >= 1800 and s.operative_s > 0
),

amounts as (
    select
        source,
        scope,
        code,
        local_hour,
        local_date,
        'fill_rate' as measure,
        fill_rate as amount
    from means
    union all
    select
        source,
        scope,
        code,
        local_hour,
        local_date,
        'unusable_share' as measure,
        unusable_share as amount
    from means
    union all
    select
        source,
        scope,
        code,
        local_hour,
        local_date,
        'short_stations' as measure,
        short_stations as amount
    from means
    union all
    select
        source,
        scope,
        code,
        local_hour,
        local_date,
        'no_dock_stations' as measure,
        no_dock_stations as amount
    from means
),

ranked as (
    select
        amounts.*,
        count(*) over (partition by source, scope, code, local_hour, measure) as days,
        row_number() over (
            partition by source, scope, code, local_hour, measure order by amount asc nulls last, local_date asc nulls last
        ) as place
    from amounts
    where amount is not null
),

-- The two places in the middle are (n + 1) / 2 rounded down and up, one for an odd number.
quantiles as (
    select
        source,
        scope,
        code,
        local_hour,
        measure,
        max(days) as days,
        min(local_date) as from_date,
        max(local_date) as to_date,
        (
            max(case when place = floor(cast(days + 1 as double) / 2) then amount end)
            + max(case when place = ceil(cast(days + 1 as double) / 2) then amount end)
        ) / 2 as median,
        max(case when place = ceil(cast(days as double) / 4) then amount end) as low,
        max(case when place = ceil(cast(3 * days as double) / 4) then amount end) as high
    from ranked
    group by source, scope, code, local_hour, measure
)

select
    q.source,
    q.scope,
    q.code,
    max(l.local_weekday) as local_weekday,
    q.local_hour,
    cast(max(q.days) as integer) as usual_days,
    min(q.from_date) as usual_from_date,
    max(q.to_date) as usual_to_date,
    max(case when q.measure = 'fill_rate' then q.median end) as usual_fill_rate,
    max(case when q.measure = 'unusable_share' then q.median end) as usual_unusable_share,
    max(case when q.measure = 'short_stations' then q.median end) as usual_short_stations,
    max(case when q.measure = 'short_stations' then q.low end) as usual_short_stations_low,
    max(case when q.measure = 'short_stations' then q.high end) as usual_short_stations_high,
    max(case when q.measure = 'no_dock_stations' then q.median end) as usual_no_dock_stations,
    max(case when q.measure = 'no_dock_stations' then q.low end) as usual_no_dock_stations_low,
    max(case when q.measure = 'no_dock_stations' then q.high end) as usual_no_dock_stations_high
from quantiles as q
inner join latest_tick as l
    on q.source = l.source
group by q.source, q.scope, q.code, q.local_hour
