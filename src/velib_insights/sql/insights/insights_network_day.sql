-- insights_network_day
-- question: For what share of each day could one take a bike, return one, or both, in the whole network?
-- grain: local_date
-- reads: station_days
-- window: 31 d

-- Ratios of sums of station time, as kpi_availability_zone_day has them by zone. Minutes are station minutes.
with networks as (
    select
        source,
        local_date,
        count(*) as stations,
        sum(case when operative_s > 0 then 1 else 0 end) as served,
        sum(case when operative_s > 0 and unusable_s = 0 and counts_known_s = operative_s then 1 else 0 end) as never_out,
        sum(case when operative_s > 0 and unusable_s = operative_s then 1 else 0 end) as always_out,
        sum(operative_s) as operative_s,
        sum(bikes_known_s) as bikes_known_s,
        sum(docks_known_s) as docks_known_s,
        sum(counts_known_s) as counts_known_s,
        sum(short_s) as short_s,
        sum(no_dock_s) as no_dock_s,
        sum(unusable_s) as unusable_s,
        sum(usable_s) as usable_s
    from station_days
    group by source, local_date
)

select
    source,
    local_date,
    cast(stations as integer) as stations,
    cast(served as integer) as stations_served,
    cast(never_out as integer) as stations_never_out,
    cast(always_out as integer) as stations_always_out,
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
    cast(floor(cast(short_s as double) / 60) as bigint) as short_minutes,
    cast(floor(cast(no_dock_s as double) / 60) as bigint) as no_dock_minutes,
    cast(floor(cast(unusable_s as double) / 60) as bigint) as outage_minutes,
    cast(floor(cast(operative_s as double) / 60) as bigint) as operative_minutes
from networks
