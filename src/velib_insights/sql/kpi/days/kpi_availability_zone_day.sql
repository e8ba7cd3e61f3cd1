-- kpi_availability_zone_day
-- question: For what share of each day could one take a bike, return one, or both, in each zone?
-- grain: zone_code, local_date
-- reads: station_days
-- window: 31 d

-- Ratios of sums of station time. Minutes are station minutes: ten stations out for an hour are 600.
with zones as (
    select
        source,
        local_date,
        zone_code,
        max(zone_name) as zone_name,
        count(*) as stations,
        sum(operative_s) as operative_s,
        sum(bikes_known_s) as bikes_known_s,
        sum(docks_known_s) as docks_known_s,
        sum(counts_known_s) as counts_known_s,
        sum(short_s) as short_s,
        sum(no_dock_s) as no_dock_s,
        sum(unusable_s) as unusable_s,
        sum(usable_s) as usable_s,
        sum(elapsed_s) as elapsed_s
    from station_days
    group by source, local_date, zone_code
)

select
    source,
    local_date,
    zone_code,
    zone_name,
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
    cast(floor(cast(short_s as double) / 60) as integer) as short_minutes,
    cast(floor(cast(no_dock_s as double) / 60) as integer) as no_dock_minutes,
    cast(floor(cast(unusable_s as double) / 60) as integer) as outage_minutes,
    cast(floor(cast(operative_s as double) / 60) as integer) as operative_minutes,
    case
        when operative_s >= elapsed_s and elapsed_s > 0 then cast(1 as double)
        when elapsed_s > 0 then cast(operative_s as double) / cast(elapsed_s as double)
    end as coverage
from zones
