-- kpi_cluster_outages
-- question: Around which stations is every station within 300 m out, so that walking to the next one does not help?
-- grain: station_code
-- reads: station_observations
-- window: latest tick

-- Of operative stations with known coordinates, the one in the middle included; at least three of them. Distances
-- are great circles on a sphere of 6,371 km. The pair is first narrowed by 0.003 degrees of latitude (334 m).
with stations as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        station_code,
        name,
        lat,
        lon,
        zone_code,
        zone_name,
        is_short,
        is_dock_full,
        is_unusable
    from station_observations
    where age_s = 0 and is_operative and lat is not null and lon is not null
),

pairs as (
    select
        c.source,
        c.station_code,
        a.station_code as near_code,
        a.is_short,
        a.is_dock_full,
        a.is_unusable,
        2 * 6371000 * asin(
            sqrt(
                power(sin(radians(a.lat - c.lat) / 2), 2)
                + cos(radians(c.lat)) * cos(radians(a.lat)) * power(sin(radians(a.lon - c.lon) / 2), 2)
            )
        ) as distance_m
    from stations as c
    inner join stations as a
        on c.source = a.source and a.lat between c.lat - 3e-3 and c.lat + 3e-3
    where c.is_unusable
),

clusters as (
    select
        source,
        station_code,
        count(*) as stations,
        sum(case when is_unusable then 1 else 0 end) as unusable,
        sum(case when is_short then 1 else 0 end) as no_bike,
        sum(case when is_dock_full then 1 else 0 end) as no_dock,
        max(distance_m) as farthest_m
    from pairs
    where distance_m <= 300
    group by source, station_code
)

select
    s.source,
    s.snapshot_at,
    s.snapshot_epoch,
    s.station_code,
    s.name,
    s.lat,
    s.lon,
    s.zone_code,
    s.zone_name,
    case
        when c.no_bike > 0 and c.no_dock > 0 then 'both'
        when c.no_bike > 0 then 'no_bike'
        else 'no_dock'
    end as reason,
    cast(c.stations as integer) as stations,
    cast(c.no_bike as integer) as short_stations,
    cast(c.no_dock as integer) as no_dock_stations,
    c.farthest_m
from clusters as c
inner join stations as s
    on c.source = s.source and c.station_code = s.station_code
where c.stations >= 3 and c.unusable = c.stations
