-- station_hours
-- question: How many bikes and docks had each station in each hour, and for how long was it without?
-- grain: source, hour_epoch, station_code
-- reads: station_observations, observed_ticks
-- window: 31 d

-- Means are over the time that the station was operative and observed with a known count. An observation that holds
-- beyond its hour, for two hours at most, counts in each hour for the part that lies in it.
with hours_after as (
    select 0 as hours
    union all
    select 1 as hours
    union all
    select 2 as hours
),

tick_hours as (
    select
        t.source,
        t.snapshot_epoch,
        t.snapshot_epoch - mod(t.snapshot_epoch, 3600) + 3600 * h.hours as hour_epoch,
        case
            when h.hours = 0 then t.snapshot_epoch
            else t.snapshot_epoch - mod(t.snapshot_epoch, 3600) + 3600 * h.hours
        end as from_epoch
    from observed_ticks as t
    cross join hours_after as h
    where
        t.has_usable_rows
        and t.age_s between 0 and 2678400
        and (
            h.hours = 0
            or t.snapshot_epoch + t.hold_s > t.snapshot_epoch - mod(t.snapshot_epoch, 3600) + 3600 * h.hours
        )
),

held as (
    select
        o.source,
        h.hour_epoch,
        o.station_code,
        o.zone_code,
        o.bikes,
        o.ebikes,
        o.docks,
        o.is_operative,
        o.is_short,
        o.is_dock_full,
        o.is_unusable,
        case when o.until_epoch > h.hour_epoch + 3600 then h.hour_epoch + 3600 else o.until_epoch end
        - h.from_epoch as held_s
    from station_observations as o
    inner join tick_hours as h
        on o.source = h.source and o.snapshot_epoch = h.snapshot_epoch
    where o.age_s <= 2678400 and (h.from_epoch = o.snapshot_epoch or o.until_epoch > h.from_epoch)
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
