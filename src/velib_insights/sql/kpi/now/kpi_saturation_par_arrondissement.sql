-- kpi_saturation_par_arrondissement
-- question: How does each arrondissement and commune stand now, and how many bikes would put it right?
-- grain: zone_code
-- reads: station_observations
-- window: latest tick

-- Bikes, docks and every rate are of operative stations; a rate is a ratio of sums. Stations of no known zone stand
-- together under the empty code.
-- A sum over operative stations is of those whose value is known (*_known_stations says how many) and null where none is.
-- Where no station is operative it is 0, unless the feed does not give that value at all.
with stations as (
    select
        o.source,
        o.snapshot_at,
        o.snapshot_epoch,
        coalesce(o.zone_code, '') as zone_code,
        case when o.zone_code is null then 'Unknown' else o.zone_name end as zone_name,
        case when o.zone_code is null then 'unknown' else o.zone_kind end as zone_kind,
        case when o.is_operative then 1 else 0 end as operative,
        o.is_operative,
        o.bikes,
        o.mechanical,
        o.ebikes,
        o.docks,
        o.unavailable_docks,
        case when o.is_operative and o.bikes is not null and o.docks is not null then o.bikes else 0 end as filled,
        case
            when o.is_operative and o.bikes is not null and o.docks is not null then o.bikes + o.docks
            else 0
        end as fillable,
        case when o.is_short then 1 else 0 end as no_bike,
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
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then bikes end)
            when max(bikes) is not null then 0
        end as bikes,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then mechanical end)
            when max(mechanical) is not null then 0
        end as mechanical,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then ebikes end)
            when max(ebikes) is not null then 0
        end as ebikes,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then docks end)
            when max(docks) is not null then 0
        end as docks,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then unavailable_docks end)
            when max(unavailable_docks) is not null then 0
        end as unavailable_docks,
        sum(case when is_operative and bikes is not null then 1 else 0 end) as bikes_known,
        sum(case when is_operative and mechanical is not null and ebikes is not null then 1 else 0 end) as types_known,
        sum(case when is_operative and docks is not null then 1 else 0 end) as docks_known,
        sum(case when is_operative and unavailable_docks is not null then 1 else 0 end) as capacity_known,
        sum(filled) as filled,
        sum(fillable) as fillable,
        sum(no_bike) as no_bike,
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
    cast(bikes_known as integer) as bikes_known_stations,
    cast(types_known as integer) as types_known_stations,
    cast(docks_known as integer) as docks_known_stations,
    cast(capacity_known as integer) as capacity_known_stations,
    case when fillable > 0 then cast(filled as double) / cast(fillable as double) end as fill_rate,
    cast(no_bike as integer) as short_stations,
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
