-- history_network
-- question: How was the whole network served over each period?
-- grain: period
-- reads: zone_day, calendar
-- window: span

-- calendar has the days asked for, each with the period that it counts in. Ratios of sums over the closed days that
-- the rollup has; coverage is the share of the time of all days asked for that was observed. stations are those of the
-- day with most of them. Minutes are station minutes: ten stations out for an hour are 600.
with observed_dates as (
    select local_date
    from zone_day
    group by local_date
),

periods as (
    select
        c.period,
        count(*) as days,
        sum(c.elapsed_s) as wanted_s,
        sum(case when o.local_date is not null then 1 else 0 end) as days_covered,
        sum(case when o.local_date is not null then c.elapsed_s else 0 end) as observed_s
    from calendar as c
    left join observed_dates as o
        on c.local_date = o.local_date
    group by c.period
),

network_days as (
    select
        source,
        local_date,
        sum(stations) as stations
    from zone_day
    group by source, local_date
),

sums as (
    select
        d.source,
        c.period,
        max(n.stations) as stations,
        sum(d.operative_s) as operative_s,
        sum(d.bikes_known_s) as bikes_known_s,
        sum(d.docks_known_s) as docks_known_s,
        sum(d.counts_known_s) as counts_known_s,
        sum(d.types_known_s) as types_known_s,
        sum(d.short_s) as short_s,
        sum(d.no_dock_s) as no_dock_s,
        sum(d.unusable_s) as unusable_s,
        sum(d.usable_s) as usable_s,
        sum(d.no_mechanical_s) as no_mechanical_s,
        sum(d.no_ebike_s) as no_ebike_s,
        sum(d.bike_s) as bike_s,
        sum(d.dock_s) as dock_s,
        sum(d.mechanical_s) as mechanical_s,
        sum(d.ebike_s) as ebike_s,
        sum(d.elapsed_s) as elapsed_s,
        sum(d.net_bikes) as net_bikes,
        sum(d.bikes_moved) as bikes_moved,
        case
            when count(d.cadence_s) = count(d.bikes_moved) and min(d.cadence_s) = max(d.cadence_s) then min(d.cadence_s)
        end as cadence_s
    from zone_day as d
    inner join calendar as c
        on d.local_date = c.local_date
    inner join network_days as n
        on d.source = n.source and d.local_date = n.local_date
    group by d.source, c.period
),

measured as (
    select
        s.*,
        p.days,
        p.days_covered,
        p.observed_s,
        p.wanted_s
    from sums as s
    inner join periods as p
        on s.period = p.period
)

select
    source,
    period,
    cast(stations as integer) as stations,
    case
        when bikes_known_s > 0 then cast(bikes_known_s - short_s as double) / cast(bikes_known_s as double)
    end as bike_availability,
    case
        when docks_known_s > 0 then cast(docks_known_s - no_dock_s as double) / cast(docks_known_s as double)
    end as dock_availability,
    case
        when counts_known_s > 0 then cast(usable_s as double) / cast(counts_known_s as double)
    end as full_availability,
    case
        when operative_s > 0 then cast(unusable_s as double) / cast(operative_s as double)
    end as unusable_share,
    case
        when types_known_s > 0 then cast(types_known_s - no_mechanical_s as double) / cast(types_known_s as double)
    end as mechanical_availability,
    case
        when types_known_s > 0 then cast(types_known_s - no_ebike_s as double) / cast(types_known_s as double)
    end as ebike_availability,
    case when bike_s + dock_s > 0 then cast(bike_s as double) / cast(bike_s + dock_s as double) end as fill_rate,
    cast(floor(cast(short_s as double) / 60) as bigint) as short_station_minutes,
    cast(floor(cast(no_dock_s as double) / 60) as bigint) as no_dock_station_minutes,
    cast(floor(cast(unusable_s as double) / 60) as bigint) as outage_station_minutes,
    cast(floor(cast(operative_s as double) / 60) as bigint) as operative_station_minutes,
    cast(net_bikes as integer) as net_bikes,
    cast(bikes_moved as integer) as bikes_moved,
    cadence_s,
    cast(days_covered as integer) as days_covered,
    cast(days as integer) as days_wanted,
    case
        when elapsed_s > 0 and wanted_s > 0
            then
                cast(operative_s as double) / cast(elapsed_s as double)
                * (cast(observed_s as double) / cast(wanted_s as double))
    end as coverage
from measured
