-- kpi_network_changes
-- question: Which stations appeared, vanished, were renamed, moved or resized, and on which day?
-- grain: local_date, station_code, change
-- reads: station_observations, local_days
-- window: 31 d

-- A station is there on a day if any observed tick of it shows the station. Days without observation are passed
-- over. Faulty rows lack name, place or capacity, and a declared capacity of 0 is a fault as well: each is compared
-- with the last day on which it was known, never with nothing. Moved means by more than 50 m.
with observed_days as (
    select
        source,
        local_date,
        row_number() over (partition by source order by local_date asc nulls last) as day_number,
        row_number() over (partition by source order by local_date desc nulls last) as day_number_from_last,
        lead(local_date) over (partition by source order by local_date asc nulls last) as next_date
    from local_days
    where ticks_observed > 0
),

presences as (
    select
        o.source,
        o.local_date,
        o.station_code,
        max(d.day_number) as day_number,
        max(d.day_number_from_last) as day_number_from_last,
        max(d.next_date) as next_date,
        cast(max_by(o.name, case when o.name is not null then o.snapshot_epoch end) as varchar(200)) as name,
        max_by(o.lat, case when o.lat is not null and o.lon is not null then o.snapshot_epoch end) as lat,
        max_by(o.lon, case when o.lat is not null and o.lon is not null then o.snapshot_epoch end) as lon,
        cast(max_by(o.capacity, case when o.capacity > 0 then o.snapshot_epoch end) as integer) as capacity
    from station_observations as o
    inner join observed_days as d
        on o.source = d.source and o.local_date = d.local_date
    where o.age_s <= 2678400
    group by o.source, o.local_date, o.station_code
),

neighbours as (
    select
        presences.*,
        lag(day_number) over (
            partition by source, station_code order by day_number asc nulls last
        ) as previous_day_number,
        lead(day_number) over (
            partition by source, station_code order by day_number asc nulls last
        ) as next_day_number
    from presences
),

names as (
    select
        source,
        local_date,
        station_code,
        name,
        lag(name) over (partition by source, station_code order by day_number asc nulls last) as name_before
    from presences
    where name is not null
),

capacities as (
    select
        source,
        local_date,
        station_code,
        name,
        capacity,
        lag(capacity) over (partition by source, station_code order by day_number asc nulls last) as capacity_before
    from presences
    where capacity is not null
),

places as (
    select
        source,
        local_date,
        station_code,
        name,
        lat,
        lon,
        lag(lat) over (partition by source, station_code order by day_number asc nulls last) as lat_before,
        lag(lon) over (partition by source, station_code order by day_number asc nulls last) as lon_before
    from presences
    where lat is not null and lon is not null
),

moves as (
    select
        source,
        local_date,
        station_code,
        name,
        2 * 6371000 * asin(
            sqrt(
                power(sin(radians(lat - lat_before) / 2), 2)
                + cos(radians(lat_before)) * cos(radians(lat)) * power(sin(radians(lon - lon_before) / 2), 2)
            )
        ) as distance_m
    from places
    where lat_before is not null and (lat <> lat_before or lon <> lon_before)
)

select
    source,
    local_date,
    station_code,
    'appeared' as change,
    name,
    cast(null as varchar(200)) as name_before,
    cast(null as integer) as capacity,
    cast(null as integer) as capacity_before,
    cast(null as double) as distance_m
from neighbours
where day_number > 1 and (previous_day_number is null or previous_day_number < day_number - 1)
union all
select
    source,
    next_date as local_date,
    station_code,
    'vanished' as change,
    name,
    cast(null as varchar(200)) as name_before,
    cast(null as integer) as capacity,
    cast(null as integer) as capacity_before,
    cast(null as double) as distance_m
from neighbours
where day_number_from_last > 1 and (next_day_number is null or next_day_number > day_number + 1)
union all
select
    source,
    local_date,
    station_code,
    'renamed' as change,
    name,
    name_before,
    cast(null as integer) as capacity,
    cast(null as integer) as capacity_before,
    cast(null as double) as distance_m
from names
where name_before <> name
union all
select
    source,
    local_date,
    station_code,
    'resized' as change,
    name,
    cast(null as varchar(200)) as name_before,
    capacity,
    capacity_before,
    cast(null as double) as distance_m
from capacities
where capacity_before <> capacity
union all
select
    source,
    local_date,
    station_code,
    'moved' as change,
    name,
    cast(null as varchar(200)) as name_before,
    cast(null as integer) as capacity,
    cast(null as integer) as capacity_before,
    distance_m
from moves
where distance_m > 50
