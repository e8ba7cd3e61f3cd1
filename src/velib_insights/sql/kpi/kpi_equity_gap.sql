-- kpi_equity_gap
-- question: How many times worse than the best served zone is the worst served one, day by day?
-- grain: local_date
-- reads: station_days
-- window: 31 d

-- Of zones with at least three stations: in a smaller one a single station is the whole figure. The ratio has no
-- value where the best zone was never out; the difference always has.
with zones as (
    select
        source,
        local_date,
        zone_code,
        max(zone_name) as zone_name,
        cast(sum(unusable_s) as double) / cast(sum(operative_s) as double) as unusable_share
    from station_days
    where zone_code <> ''
    group by source, local_date, zone_code
    having count(*) >= 3 and sum(operative_s) > 0
),

ranked as (
    select
        source,
        local_date,
        zone_code,
        zone_name,
        unusable_share,
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
        count(*) as zones,
        max(case when from_worst = 1 then zone_code end) as worst_zone_code,
        max(case when from_worst = 1 then zone_name end) as worst_zone_name,
        max(case when from_worst = 1 then unusable_share end) as worst_unusable_share,
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
    best_zone_code,
    best_zone_name,
    best_unusable_share,
    case when best_unusable_share > 0 then worst_unusable_share / best_unusable_share end as equity_ratio,
    worst_unusable_share - best_unusable_share as equity_difference
from ends
