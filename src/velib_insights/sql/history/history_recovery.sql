-- history_recovery
-- question: How long do stations stay without a bike, without a dock or out of service in each zone, before they recover?
-- grain: zone_code, kind
-- reads: history_outages, calendar
-- window: all

-- Of outages that began in the days asked for. Durations are of those whose start and end were both seen, by the nearest
-- rank; the others count as outages.
with bounds as (
    select
        min(local_date) as first_date,
        max(local_date) as last_date
    from calendar
),

begun as (
    select
        o.source,
        o.zone_code,
        o.zone_name,
        o.kind,
        o.station_code,
        o.started_epoch,
        o.episode_minutes,
        o.is_open,
        case when o.start_was_seen and o.end_was_seen then 1 else 0 end as is_whole
    from history_outages as o
    inner join bounds as b
        on o.local_date >= b.first_date and o.local_date <= b.last_date
),

ranked as (
    select
        begun.*,
        row_number() over (
            partition by source, zone_code, kind, is_whole
            order by episode_minutes asc nulls last, station_code asc nulls last, started_epoch asc nulls last
        ) as place,
        count(*) over (partition by source, zone_code, kind, is_whole) as outages
    from begun
)

select
    source,
    zone_code,
    max(zone_name) as zone_name,
    kind,
    cast(sum(is_whole) as integer) as episodes_closed,
    max(
        case when is_whole = 1 and place = cast(ceil(cast(outages as double) / 2) as bigint) then episode_minutes end
    ) as median_minutes,
    max(
        case
            when is_whole = 1 and place = cast(ceil(cast(9 * outages as double) / 10) as bigint) then episode_minutes
        end
    ) as p90_minutes,
    cast(sum(case when is_open then 1 else 0 end) as integer) as episodes_open,
    cast(count(*) as integer) as episodes
from ranked
group by source, zone_code, kind
