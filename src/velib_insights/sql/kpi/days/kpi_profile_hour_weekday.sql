-- kpi_profile_hour_weekday
-- question: What does each hour of each weekday usually look like?
-- grain: local_weekday, local_hour
-- reads: station_observations
-- window: 28 d

with sums as (
    select
        source,
        local_weekday,
        local_hour,
        count(distinct snapshot_epoch) as ticks,
        sum(case when is_operative then 1 else 0 end) as operative,
        sum(case when is_operative and bikes is not null and docks is not null then bikes else 0 end) as filled,
        sum(
            case when is_operative and bikes is not null and docks is not null then bikes + docks else 0 end
        ) as fillable,
        sum(case when is_short then 1 else 0 end) as no_bike,
        sum(case when is_saturated then 1 else 0 end) as saturated,
        sum(case when is_unusable then 1 else 0 end) as unusable
    from station_observations
    where is_observed and age_s < 2419200
    group by source, local_weekday, local_hour
)

select
    source,
    local_weekday,
    local_hour,
    case when fillable > 0 then cast(filled as double) / cast(fillable as double) end as fill_rate,
    case when operative > 0 then cast(no_bike as double) / cast(operative as double) end as short_share,
    case when operative > 0 then cast(saturated as double) / cast(operative as double) end as saturated_share,
    case when operative > 0 then cast(unusable as double) / cast(operative as double) end as unusable_share,
    cast(ticks as integer) as ticks_observed
from sums
