-- kpi_availability_station_day
-- question: For what share of each day could one take a bike, return one, or both, at each station?
-- grain: station_code, local_date
-- reads: station_days
-- window: 31 d

select
    source,
    local_date,
    station_code,
    station_id,
    name,
    zone_code,
    zone_name,
    case
        when bikes_known_s > 0 then cast(bikes_known_s - short_s as double) / cast(bikes_known_s as double)
    end as bike_availability,
    case
        when docks_known_s > 0 then cast(docks_known_s - no_dock_s as double) / cast(docks_known_s as double)
    end as dock_availability,
    case
        when counts_known_s > 0 then cast(usable_s as double) / cast(counts_known_s as double)
    end as full_availability,
    cast(floor(cast(short_s as double) / 60) as integer) as short_minutes,
    cast(floor(cast(no_dock_s as double) / 60) as integer) as no_dock_minutes,
    cast(floor(cast(unusable_s as double) / 60) as integer) as outage_minutes,
    cast(floor(cast(operative_s as double) / 60) as integer) as operative_minutes,
    case
        when operative_s >= elapsed_s and elapsed_s > 0 then cast(1 as double)
        when elapsed_s > 0 then cast(operative_s as double) / cast(elapsed_s as double)
    end as coverage
from station_days
