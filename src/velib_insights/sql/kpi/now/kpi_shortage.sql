-- kpi_shortage
-- question: Which stations have no bike to take (or none of one type), and since when?
-- grain: station_code
-- reads: station_observations
-- window: 24 h

-- reason says which lack the row is about, the gravest first, and since_at is the start of that lack:
-- no_bike (operative, no bike), not_operative (a plain count takes it for a shortage, but nothing can be rented
-- there), no_mechanical, no_ebike. A station that lacks both types and still has bikes counts as no_mechanical. A
-- type of which no station of the network showed a bike in 24 hours is one that the network does not have.
with recent as (
    select
        source,
        station_code,
        snapshot_at,
        snapshot_epoch,
        until_epoch,
        bikes,
        mechanical,
        ebikes,
        is_operative,
        is_short,
        is_short_naive,
        has_bike,
        lacks_mechanical,
        lacks_ebikes
    from station_observations
    where age_s <= 86400
),

network as (
    select
        source,
        max(mechanical) as most_mechanical,
        max(ebikes) as most_ebikes
    from recent
    group by source
),

latest as (
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
        o.mechanical,
        o.ebikes,
        o.docks,
        o.is_operative,
        o.is_short,
        o.is_short_naive,
        case when o.lacks_mechanical and n.most_mechanical > 0 then true else false end as lacks_mechanical,
        case when o.lacks_ebikes and n.most_ebikes > 0 then true else false end as lacks_ebikes,
        o.date,
        o.hour
    from station_observations as o
    inner join network as n on o.source = n.source
    where o.age_s = 0
),

lacking as (
    select
        o.*,
        case
            when o.is_short then 'no_bike'
            when o.is_short_naive then 'not_operative'
            when o.lacks_mechanical then 'no_mechanical'
            else 'no_ebike'
        end as reason
    from latest as o
    where o.is_short or o.is_short_naive or o.lacks_mechanical or o.lacks_ebikes
),

past as (
    select
        o.source,
        o.station_code,
        o.snapshot_at,
        o.snapshot_epoch,
        o.until_epoch,
        case
            when c.reason = 'no_bike' then o.is_short
            when c.reason = 'not_operative' then o.is_short_naive
            when c.reason = 'no_mechanical' then o.lacks_mechanical
            else o.lacks_ebikes
        end as lacked,
        case
            when c.reason = 'no_bike' then o.has_bike
            when c.reason = 'not_operative' then case when o.bikes > 0 then true else false end
            when c.reason = 'no_mechanical' then case when o.is_operative and o.mechanical > 0 then true else false end
            else case when o.is_operative and o.ebikes > 0 then true else false end
        end as had
    from recent as o
    inner join lacking as c
        on o.source = c.source and o.station_code = c.station_code
),

recent_ticks as (
    select
        past.*,
        lag(had) over (partition by source, station_code order by snapshot_epoch asc nulls last) as had_before,
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
        case when is_continued and had_before then 1 else 0 end as start_was_seen,
        max(case when not lacked or not is_continued then snapshot_epoch end) over (
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
    where lacked and snapshot_epoch >= last_break_epoch
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
    c.mechanical,
    c.ebikes,
    c.docks,
    c.is_operative,
    c.is_short,
    c.is_short_naive,
    c.lacks_mechanical,
    c.lacks_ebikes,
    c.reason,
    s.since_at,
    s.since_epoch,
    cast(floor(cast(c.snapshot_epoch - s.since_epoch as double) / 60) as integer) as since_minutes,
    case when s.start_was_seen = 1 then false else true end as since_is_open,
    c.date,
    c.hour
from lacking as c
inner join spells as s
    on c.source = s.source and c.station_code = s.station_code
