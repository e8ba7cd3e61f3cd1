-- kpi_worst_moment
-- question: At which moment of each day were the most stations without a bike or without a dock?
-- grain: local_date
-- reads: station_observations, local_days
-- window: 31 d

with moments as (
    select
        o.source,
        o.local_date,
        o.snapshot_at,
        o.snapshot_epoch,
        o.local_hour,
        sum(case when o.is_operative then 1 else 0 end) as operative,
        sum(case when o.is_unusable then 1 else 0 end) as unusable,
        sum(case when o.is_short then 1 else 0 end) as no_bike,
        sum(case when o.is_dock_full then 1 else 0 end) as no_dock
    from station_observations as o
    where o.is_observed and o.age_s <= 2678400
    group by o.source, o.local_date, o.snapshot_at, o.snapshot_epoch, o.local_hour
),

ranked as (
    select
        m.*,
        d.ticks_observed,
        d.coverage,
        row_number() over (
            partition by m.source, m.local_date order by m.unusable desc nulls last, m.snapshot_epoch asc nulls last
        ) as place
    from moments as m
    inner join local_days as d
        on m.source = d.source and m.local_date = d.local_date
)

select
    source,
    local_date,
    snapshot_at,
    snapshot_epoch,
    local_hour,
    cast(operative as integer) as operative_stations,
    cast(unusable as integer) as unusable_stations,
    case when operative > 0 then cast(unusable as double) / cast(operative as double) end as unusable_share,
    cast(no_bike as integer) as short_stations,
    cast(no_dock as integer) as no_dock_stations,
    ticks_observed,
    coverage
from ranked
where place = 1
