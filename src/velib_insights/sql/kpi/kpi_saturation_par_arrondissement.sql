-- kpi_saturation_par_arrondissement
-- question: How does each arrondissement and commune stand now, and how many bikes would put it right?
-- grain: zone_code
-- reads: station_observations
-- window: latest tick

-- Bikes, docks and every rate are of operative stations; a rate is a ratio of sums. Stations of no known zone stand
-- together under the empty code.
with stations as (
    select
        o.source,
        o.snapshot_at,
        o.snapshot_epoch,
        coalesce(o.zone_code, '') as zone_code,
        case when o.zone_code is null then 'Unknown' else o.zone_name end as zone_name,
        case when o.zone_code is null then 'unknown' else o.zone_kind end as zone_kind,
        case when o.is_operative then 1 else 0 end as operative,
        case when o.is_operative then o.bikes else 0 end as bikes,
        case when o.is_operative then o.mechanical else 0 end as mechanical,
        case when o.is_operative then o.ebikes else 0 end as ebikes,
        case when o.is_operative then o.docks else 0 end as docks,
        case when o.is_operative then o.unavailable_docks else 0 end as unavailable_docks,
        case when o.is_operative and o.bikes is not null and o.docks is not null then o.bikes else 0 end as filled,
        case
            when o.is_operative and o.bikes is not null and o.docks is not null then o.bikes + o.docks
            else 0
        end as fillable,
        case when o.is_short then 1 else 0 end as short,
        case when o.is_short_naive then 1 else 0 end as short_naive,
        case when o.is_saturated then 1 else 0 end as saturated,
        case when o.is_saturated_naive then 1 else 0 end as saturated_naive,
        case when o.is_unusable then 1 else 0 end as unusable,
        o.bikes_to_add,
        o.bikes_to_take
    from station_observations as o
    where o.age_s = 0
),

zones as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        zone_code,
        max(zone_name) as zone_name,
        max(zone_kind) as zone_kind,
        count(*) as stations,
        sum(operative) as operative,
        sum(bikes) as bikes,
        sum(mechanical) as mechanical,
        sum(ebikes) as ebikes,
        sum(docks) as docks,
        sum(unavailable_docks) as unavailable_docks,
        sum(filled) as filled,
        sum(fillable) as fillable,
        sum(short) as short,
        sum(short_naive) as short_naive,
        sum(saturated) as saturated,
        sum(saturated_naive) as saturated_naive,
        sum(unusable) as unusable,
        sum(bikes_to_add) as bikes_to_add,
        sum(bikes_to_take) as bikes_to_take
    from stations
    group by source, snapshot_at, snapshot_epoch, zone_code
)

select
    source,
    snapshot_at,
    snapshot_epoch,
    zone_code,
    zone_name,
    zone_kind,
    cast(stations as integer) as stations,
    cast(operative as integer) as operative_stations,
    cast(bikes as integer) as bikes,
    cast(mechanical as integer) as mechanical,
    cast(ebikes as integer) as ebikes,
    cast(docks as integer) as docks,
    case when fillable > 0 then cast(filled as double) / cast(fillable as double) end as fill_rate,
    cast(short as integer) as short_stations,
    cast(short_naive as integer) as short_stations_naive,
    cast(saturated as integer) as saturated_stations,
    cast(saturated_naive as integer) as saturated_stations_naive,
    cast(unusable as integer) as unusable_stations,
    case when operative > 0 then cast(unusable as double) / cast(operative as double) end as unusable_share,
    cast(bikes_to_add as integer) as bikes_to_add,
    cast(bikes_to_take as integer) as bikes_to_take,
    cast(bikes_to_add - bikes_to_take as integer) as net_bikes_needed,
    cast(unavailable_docks as integer) as unavailable_docks
from zones
