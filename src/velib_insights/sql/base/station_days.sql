-- station_days
-- question: For how much of each calendar day was each station in each state?
-- grain: source, local_date, station_code
-- reads: station_observations, local_days
-- window: 31 d

-- Seconds, so that days, zones and networks are sums of the same numbers. Time counts where the station was
-- operative and observed; time with an unknown count says nothing of bikes or docks and is not counted for them.
select
    o.source,
    o.local_date,
    o.station_code,
    max(o.station_id) as station_id,
    max(o.name) as name,
    coalesce(max(o.zone_code), '') as zone_code,
    coalesce(max(o.zone_name), 'Unknown') as zone_name,
    cast(sum(case when o.is_operative then o.hold_s else 0 end) as bigint) as operative_s,
    cast(sum(case when o.is_operative and o.bikes is not null then o.hold_s else 0 end) as bigint) as bikes_known_s,
    cast(sum(case when o.is_operative and o.docks is not null then o.hold_s else 0 end) as bigint) as docks_known_s,
    cast(
        sum(
            case when o.is_operative and o.bikes is not null and o.docks is not null then o.hold_s else 0 end
        ) as bigint
    ) as counts_known_s,
    cast(sum(case when o.is_short then o.hold_s else 0 end) as bigint) as short_s,
    cast(sum(case when o.is_dock_full then o.hold_s else 0 end) as bigint) as no_dock_s,
    cast(sum(case when o.is_unusable then o.hold_s else 0 end) as bigint) as unusable_s,
    cast(
        sum(case when o.is_operative and o.bikes >= 1 and o.docks >= 1 then o.hold_s else 0 end) as bigint
    ) as usable_s,
    max(d.elapsed_s) as elapsed_s
from station_observations as o
inner join local_days as d
    on o.source = d.source and o.local_date = d.local_date
where o.age_s <= 2678400
group by o.source, o.local_date, o.station_code
