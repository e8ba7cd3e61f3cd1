-- station_hours
-- question: How many bikes and docks had each station in each hour, and for how long was it without?
-- grain: source, hour_epoch, station_code
-- reads: station_observations
-- window: 31 d

-- Means are over the time that the station was operative and observed with a known count. A tick that holds beyond
-- its hour counts up to the hour's end.
with held as (
    select
        source,
        snapshot_epoch - mod(snapshot_epoch, 3600) as hour_epoch,
        station_code,
        zone_code,
        bikes,
        ebikes,
        docks,
        is_operative,
        is_short,
        is_dock_full,
        case
            when hold_s > 3600 - mod(snapshot_epoch, 3600) then 3600 - mod(snapshot_epoch, 3600)
            else hold_s
        end as held_s
    from station_observations
    where age_s <= 2678400
),

sums as (
    select
        source,
        hour_epoch,
        station_code,
        max(zone_code) as zone_code,
        sum(case when is_operative then held_s else 0 end) as operative_s,
        sum(case when is_operative and bikes is not null then held_s else 0 end) as bikes_known_s,
        sum(case when is_operative and ebikes is not null then held_s else 0 end) as ebikes_known_s,
        sum(case when is_operative and docks is not null then held_s else 0 end) as docks_known_s,
        sum(case when is_operative then bikes * held_s else 0 end) as bike_s,
        sum(case when is_operative then ebikes * held_s else 0 end) as ebike_s,
        sum(case when is_operative then docks * held_s else 0 end) as dock_s,
        sum(case when is_short then held_s else 0 end) as short_s,
        sum(case when is_dock_full then held_s else 0 end) as no_dock_s
    from held
    group by source, hour_epoch, station_code
)

select
    source,
    cast(hour_epoch as bigint) as hour_epoch,
    station_code,
    zone_code,
    case when bikes_known_s > 0 then cast(bike_s as double) / cast(bikes_known_s as double) end as mean_bikes,
    case when ebikes_known_s > 0 then cast(ebike_s as double) / cast(ebikes_known_s as double) end as mean_ebikes,
    case when docks_known_s > 0 then cast(dock_s as double) / cast(docks_known_s as double) end as mean_docks,
    cast(floor(cast(short_s as double) / 60) as integer) as short_minutes,
    cast(floor(cast(no_dock_s as double) / 60) as integer) as no_dock_minutes,
    cast(floor(cast(operative_s as double) / 60) as integer) as operative_minutes
from sums
