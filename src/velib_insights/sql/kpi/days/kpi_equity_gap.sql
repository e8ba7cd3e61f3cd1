-- kpi_equity_gap
-- question: How much more of the time is the worst served zone unusable than the median zone, day by day?
-- grain: local_date
-- reads: station_days
-- window: 31 d

-- Of zones with at least five stations that were operative: in a smaller one a station or two are the whole figure.
-- A difference in points and no ratio, since some zone is nearly always at 0. Of an even number of zones the median is
-- the mean of the two in the middle.
with zones as (
    select
        source,
        local_date,
        zone_code,
        max(zone_name) as zone_name,
        cast(sum(unusable_s) as double) / cast(sum(operative_s) as double) as unusable_share
    from station_days
    where zone_code <> '' and operative_s > 0
    group by source, local_date, zone_code
    having count(*) >= 5
),

ranked as (
    select
        zones.*,
        count(*) over (partition by source, local_date) as zones,
        row_number() over (
            partition by source, local_date order by unusable_share asc nulls last, zone_code asc nulls last
        ) as from_best,
        row_number() over (
            partition by source, local_date order by unusable_share desc nulls last, zone_code asc nulls last
        ) as from_worst
    from zones
),

ends as (
    select
        source,
        local_date,
        max(zones) as zones,
        max(case when from_worst = 1 then zone_code end) as worst_zone_code,
        max(case when from_worst = 1 then zone_name end) as worst_zone_name,
        max(case when from_worst = 1 then unusable_share end) as worst_unusable_share,
        sum(case when 2 * from_best between zones and zones + 2 then unusable_share end)
        / sum(case when 2 * from_best between zones and zones + 2 then cast(1 as double) end) as median_unusable_share,
        max(case when from_best = 1 then zone_code end) as best_zone_code,
        max(case when from_best = 1 then zone_name end) as best_zone_name,
        max(case when from_best = 1 then unusable_share end) as best_unusable_share
    from ranked
    group by source, local_date
)

select
    source,
    local_date,
    cast(zones as integer) as zones,
    worst_zone_code,
    worst_zone_name,
    worst_unusable_share,
    median_unusable_share,
    best_zone_code,
    best_zone_name,
    best_unusable_share,
    worst_unusable_share - median_unusable_share as equity_difference
from ends
