-- station_days
-- question: For how much of each calendar day was each station in each state?
-- grain: source, local_date, station_code
-- reads: station_observations, tick_days
-- window: 31 d

-- Seconds, so that days, zones and networks are sums of the same numbers. Time counts where the station was
-- operative and observed; time with an unknown count says nothing of bikes or docks and is not counted for them.
with parts as (
    select
        o.source,
        d.local_date,
        o.station_code,
        o.station_id,
        o.name,
        o.zone_code,
        o.zone_name,
        o.is_operative,
        o.bikes,
        o.docks,
        o.is_short,
        o.is_dock_full,
        o.is_unusable,
        case when o.until_epoch > d.to_epoch then d.to_epoch else o.until_epoch end - d.from_epoch as held_s,
        d.elapsed_s
    from station_observations as o
    inner join tick_days as d
        on o.source = d.source and o.snapshot_epoch = d.snapshot_epoch
    -- What a partial tick ended before midnight has no part in the day that follows.
    where o.age_s <= 2678400 and (d.from_epoch = o.snapshot_epoch or o.until_epoch > d.from_epoch)
)

select
    source,
    local_date,
    station_code,
    max(station_id) as station_id,
    max(name) as name,
    coalesce(max(zone_code), '') as zone_code,
    coalesce(max(zone_name), 'Unknown') as zone_name,
    cast(sum(case when is_operative then held_s else 0 end) as bigint) as operative_s,
    cast(sum(case when is_operative and bikes is not null then held_s else 0 end) as bigint) as bikes_known_s,
    cast(sum(case when is_operative and docks is not null then held_s else 0 end) as bigint) as docks_known_s,
    cast(
        sum(case when is_operative and bikes is not null and docks is not null then held_s else 0 end) as bigint
    ) as counts_known_s,
    cast(sum(case when is_short then held_s else 0 end) as bigint) as short_s,
    cast(sum(case when is_dock_full then held_s else 0 end) as bigint) as no_dock_s,
    cast(sum(case when is_unusable then held_s else 0 end) as bigint) as unusable_s,
    cast(
        sum(case when is_operative and bikes >= 1 and docks >= 1 then held_s else 0 end) as bigint
    ) as usable_s,
    max(elapsed_s) as elapsed_s
from parts
group by source, local_date, station_code
