-- station_hours
-- question: How many bikes and docks had each station in each hour, and for how long was it without?
-- grain: source, hour_epoch, station_code
-- reads: station_observations
-- window: 31 d

-- Means are over the time that the station was operative and observed with a known count. A tick that holds beyond
-- its hour counts in each hour that it holds in, so the hours of a day add up to the day. Two cadences of up to 60 min
-- touch three hours at most.
with parts as (
    select 0 as later_s
    union all
    select 3600 as later_s
    union all
    select 7200 as later_s
),

held as (
    select
        o.source,
        o.snapshot_epoch - mod(o.snapshot_epoch, 3600) + p.later_s as hour_epoch,
        o.station_code,
        o.zone_code,
        o.bikes,
        o.ebikes,
        o.docks,
        o.is_operative,
        o.is_short,
        o.is_dock_full,
        o.is_unusable,
        case
            when p.later_s = 0 and mod(o.snapshot_epoch, 3600) + o.hold_s <= 3600 then o.hold_s
            when p.later_s = 0 then 3600 - mod(o.snapshot_epoch, 3600)
            when mod(o.snapshot_epoch, 3600) + o.hold_s - p.later_s > 3600 then 3600
            else mod(o.snapshot_epoch, 3600) + o.hold_s - p.later_s
        end as held_s
    from station_observations as o
    cross join parts as p
    where o.age_s <= 2678400 and (p.later_s = 0 or mod(o.snapshot_epoch, 3600) + o.hold_s > p.later_s)
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
        sum(case when is_dock_full then held_s else 0 end) as no_dock_s,
        sum(case when is_unusable then held_s else 0 end) as unusable_s
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
    cast(floor(cast(unusable_s as double) / 60) as integer) as outage_minutes,
    cast(floor(cast(operative_s as double) / 60) as integer) as operative_minutes
from sums
