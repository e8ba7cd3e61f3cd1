-- insights_zone_hours
-- question: For how long was each zone in each state, in each local hour of each day?
-- grain: local_date, local_hour, zone_code
-- reads: station_observations
-- window: all

-- The seconds of station_days, by zone and by the local hour of the tick, so that two days can be compared over the
-- hours observed on both. An observation counts in the hour of its tick for as long as it holds.
select
    source,
    local_date,
    local_hour,
    coalesce(zone_code, '') as zone_code,
    cast(count(distinct case when is_operative then station_code end) as integer) as operative_stations,
    cast(sum(case when is_operative then hold_s else 0 end) as bigint) as operative_s,
    cast(sum(case when is_operative and bikes is not null then hold_s else 0 end) as bigint) as bikes_known_s,
    cast(sum(case when is_operative and docks is not null then hold_s else 0 end) as bigint) as docks_known_s,
    cast(sum(case when is_short then hold_s else 0 end) as bigint) as short_s,
    cast(sum(case when is_dock_full then hold_s else 0 end) as bigint) as no_dock_s,
    cast(sum(case when is_unusable then hold_s else 0 end) as bigint) as unusable_s,
    cast(
        sum(
            case when is_operative and mechanical is not null and ebikes is not null then mechanical * hold_s else 0 end
        ) as bigint
    ) as mechanical_s,
    cast(
        sum(
            case when is_operative and mechanical is not null and ebikes is not null then ebikes * hold_s else 0 end
        ) as bigint
    ) as ebikes_s
from station_observations
where hold_s > 0
group by source, local_date, local_hour, coalesce(zone_code, '')
