-- kpi_network_headline
-- question: How does the whole network stand now, and how does that compare with the same time yesterday?
-- grain: source
-- reads: observed_ticks, station_observations
-- window: 26 h

-- Counts are of operative stations. Yesterday is the observed tick nearest to 24 hours before now, no more than one
-- cadence off; without one the changes are null.
-- A sum over operative stations is of those whose value is known (*_known_stations says how many) and null where none is.
-- Where no station is operative it is 0, unless the feed does not give that value at all.
with candidates as (
    select
        source,
        date,
        hour,
        snapshot_epoch,
        age_s,
        row_number() over (
            partition by source order by abs(age_s - 86400) asc nulls last, age_s desc nulls last
        ) as place
    from observed_ticks
    where is_observed and abs(age_s - 86400) <= cadence_s and age_s > 0
),

moments as (
    select source, date, hour, snapshot_epoch, 1 as is_now
    from observed_ticks
    where is_observed and age_s = 0
    union all
    select source, date, hour, snapshot_epoch, 0 as is_now
    from candidates
    where place = 1
),

pictures as (
    select
        o.source,
        m.is_now,
        max(o.snapshot_at) as snapshot_at,
        o.snapshot_epoch,
        count(*) as stations,
        sum(case when o.is_operative then 1 else 0 end) as operative,
        case
            when sum(case when o.is_operative then 1 else 0 end) > 0 then sum(case when o.is_operative then o.bikes end)
            when max(o.bikes) is not null then 0
        end as bikes,
        case
            when sum(case when o.is_operative then 1 else 0 end) > 0 then sum(case when o.is_operative then o.mechanical end)
            when max(o.mechanical) is not null then 0
        end as mechanical,
        case
            when sum(case when o.is_operative then 1 else 0 end) > 0 then sum(case when o.is_operative then o.ebikes end)
            when max(o.ebikes) is not null then 0
        end as ebikes,
        case
            when sum(case when o.is_operative then 1 else 0 end) > 0 then sum(case when o.is_operative then o.docks end)
            when max(o.docks) is not null then 0
        end as docks,
        sum(case when o.is_operative and o.bikes is not null and o.docks is not null then o.bikes else 0 end) as filled,
        sum(
            case when o.is_operative and o.bikes is not null and o.docks is not null then o.bikes + o.docks else 0 end
        ) as fillable,
        sum(case when o.is_operative and o.bikes is not null then 1 else 0 end) as bikes_known,
        sum(case when o.is_operative and o.docks is not null then 1 else 0 end) as docks_known,
        sum(case when o.is_short then 1 else 0 end) as no_bike,
        sum(case when o.is_short_naive then 1 else 0 end) as short_naive,
        sum(case when o.is_dock_full then 1 else 0 end) as dock_full,
        sum(case when o.is_saturated then 1 else 0 end) as saturated,
        sum(case when o.is_saturated_naive then 1 else 0 end) as saturated_naive,
        sum(case when o.is_unusable then 1 else 0 end) as unusable,
        sum(case when o.is_operative and o.mechanical is not null and o.ebikes is not null then 1 else 0 end) as types_known,
        sum(case when o.is_operative and o.unavailable_docks is not null then 1 else 0 end) as capacity_known,
        case
            when sum(case when o.is_operative then 1 else 0 end) > 0 then sum(case when o.is_operative then o.unavailable_docks end)
            when max(o.unavailable_docks) is not null then 0
        end as unavailable_docks
    from station_observations as o
    inner join moments as m
        on o.source = m.source and o.date = m.date and o.hour = m.hour and o.snapshot_epoch = m.snapshot_epoch
    -- No moment lies further back: said so that an engine opens no more than these days.
    where o.age_s <= 90000
    group by o.source, m.is_now, o.snapshot_epoch
),

observed as (
    select
        source,
        sum(case when age_s > 86400 then hold_s - (age_s - 86400) else hold_s end) as observed_s
    from observed_ticks
    where is_observed and (age_s <= 86400 or age_s - hold_s < 86400)
    group by source
)

select
    n.source,
    n.snapshot_at,
    n.snapshot_epoch,
    cast(n.stations as integer) as stations,
    cast(n.operative as integer) as operative_stations,
    cast(n.bikes as integer) as bikes,
    cast(n.mechanical as integer) as mechanical,
    cast(n.ebikes as integer) as ebikes,
    cast(n.docks as integer) as docks,
    cast(n.bikes_known as integer) as bikes_known_stations,
    cast(n.types_known as integer) as types_known_stations,
    cast(n.docks_known as integer) as docks_known_stations,
    cast(n.capacity_known as integer) as capacity_known_stations,
    case when n.fillable > 0 then cast(n.filled as double) / cast(n.fillable as double) end as fill_rate,
    cast(n.no_bike as integer) as short_stations,
    cast(n.short_naive as integer) as short_stations_naive,
    cast(n.saturated as integer) as saturated_stations,
    cast(n.saturated_naive as integer) as saturated_stations_naive,
    cast(n.unusable as integer) as unusable_stations,
    case
        when n.bikes_known > 0 then cast(n.bikes_known - n.no_bike as double) / cast(n.bikes_known as double)
    end as bike_availability,
    case
        when n.docks_known > 0 then cast(n.docks_known - n.dock_full as double) / cast(n.docks_known as double)
    end as dock_availability,
    case
        when n.mechanical + n.ebikes > 0 then cast(n.ebikes as double) / cast(n.mechanical + n.ebikes as double)
    end as ebike_share,
    cast(n.unavailable_docks as integer) as unavailable_docks,
    cast(o.observed_s as double) / 86400 as coverage,
    cast(n.bikes - b.bikes as integer) as bikes_change,
    cast(n.no_bike - b.no_bike as integer) as short_stations_change,
    cast(n.saturated - b.saturated as integer) as saturated_stations_change
from pictures as n
inner join observed as o
    on n.source = o.source
left join pictures as b
    on n.source = b.source and b.is_now = 0
where n.is_now = 1
