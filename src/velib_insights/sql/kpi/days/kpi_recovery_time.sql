-- kpi_recovery_time
-- question: How long does a station of each zone stay without a bike or without a dock?
-- grain: zone_code, kind
-- reads: kpi_outage_episodes
-- window: 7 d

-- Of episodes whose start and end were both seen. Quantiles are nearest-rank: the smallest duration that at least
-- half (nine tenths) of the episodes do not exceed.
with ranked as (
    select
        source,
        zone_code,
        zone_name,
        kind,
        episode_minutes,
        row_number() over (
            partition by source, zone_code, kind
            order by episode_minutes asc nulls last, station_code asc nulls last, started_epoch asc nulls last
        ) as place,
        count(*) over (partition by source, zone_code, kind) as episodes
    from kpi_outage_episodes
    where start_was_seen and end_was_seen
),

recoveries as (
    select
        source,
        zone_code,
        kind,
        max(episodes) as episodes,
        max(
            case when place = cast(ceil(cast(episodes as double) / 2) as bigint) then episode_minutes end
        ) as median_minutes,
        max(
            case when place = cast(ceil(cast(9 * episodes as double) / 10) as bigint) then episode_minutes end
        ) as p90_minutes
    from ranked
    group by source, zone_code, kind
),

zones as (
    select
        source,
        zone_code,
        max(zone_name) as zone_name,
        kind,
        sum(case when is_open then 1 else 0 end) as open_episodes,
        count(*) as all_episodes
    from kpi_outage_episodes
    group by source, zone_code, kind
)

select
    z.source,
    z.zone_code,
    z.zone_name,
    z.kind,
    cast(coalesce(r.episodes, 0) as integer) as episodes_closed,
    cast(r.median_minutes as integer) as median_minutes,
    cast(r.p90_minutes as integer) as p90_minutes,
    cast(z.open_episodes as integer) as episodes_open,
    cast(z.all_episodes as integer) as episodes
from zones as z
left join recoveries as r
    on z.source = r.source and z.zone_code = r.zone_code and z.kind = r.kind
