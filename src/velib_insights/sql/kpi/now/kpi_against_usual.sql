-- kpi_against_usual
-- question: Is it more than usual at this hour, for the network, each zone and each station?
-- grain: scope, zone_code, station_code
-- reads: station_observations, usual_hours
-- window: 57 d

-- Now is the latest observed tick; usual is the median of its local hour on the same weekday of the eight weeks before.
-- `more` and `fewer` are beyond the middle half of those days and at least a tenth off their median; with fewer than
-- three such days they are null. Stations of no known zone stand together under the empty code.
with scopes as (
    select 'network' as scope
    union all
    select 'zone' as scope
    union all
    select 'station' as scope
),

sums as (
    select
        o.source,
        o.snapshot_at,
        o.snapshot_epoch,
        o.local_hour,
        p.scope,
        case
            when p.scope = 'station' then o.station_code
            when p.scope = 'zone' then coalesce(o.zone_code, '')
            else ''
        end as code,
        max(case when p.scope <> 'network' then coalesce(o.zone_code, '') end) as zone_code,
        max(
            case when p.scope <> 'network' then case when o.zone_code is null then 'Unknown' else o.zone_name end end
        ) as zone_name,
        max(case when p.scope = 'station' then o.station_code end) as station_code,
        max(case when p.scope = 'station' then o.name end) as name,
        sum(case when o.is_operative then 1 else 0 end) as operative,
        sum(case when o.is_operative and o.docks is not null then o.bikes end) as filled,
        sum(case when o.is_operative then o.bikes + o.docks end) as fillable,
        sum(case when o.is_short then 1 else 0 end) as no_bike,
        sum(case when o.is_dock_full then 1 else 0 end) as no_dock,
        sum(case when o.is_unusable then 1 else 0 end) as unusable
    from station_observations as o
    cross join scopes as p
    where o.age_s = 0
    group by
        o.source,
        o.snapshot_at,
        o.snapshot_epoch,
        o.local_hour,
        p.scope,
        case
            when p.scope = 'station' then o.station_code
            when p.scope = 'zone' then coalesce(o.zone_code, '')
            else ''
        end
)

select
    s.source,
    s.snapshot_at,
    s.snapshot_epoch,
    s.scope,
    s.zone_code,
    s.zone_name,
    s.station_code,
    s.name,
    coalesce(u.usual_days, 0) as usual_days,
    cast(s.operative as integer) as operative_stations,
    cast(s.no_bike as integer) as short_stations,
    u.usual_short_stations,
    u.usual_short_stations_low,
    u.usual_short_stations_high,
    case
        when u.usual_days is null or u.usual_days < 3 then null
        when s.no_bike > u.usual_short_stations_high and s.no_bike >= 1.1 * u.usual_short_stations then 'more'
        when s.no_bike < u.usual_short_stations_low and s.no_bike <= 0.9 * u.usual_short_stations then 'fewer'
        when u.usual_short_stations is not null then 'usual'
    end as short_verdict,
    cast(s.no_dock as integer) as no_dock_stations,
    u.usual_no_dock_stations,
    u.usual_no_dock_stations_low,
    u.usual_no_dock_stations_high,
    case
        when u.usual_days is null or u.usual_days < 3 then null
        when s.no_dock > u.usual_no_dock_stations_high and s.no_dock >= 1.1 * u.usual_no_dock_stations then 'more'
        when s.no_dock < u.usual_no_dock_stations_low and s.no_dock <= 0.9 * u.usual_no_dock_stations then 'fewer'
        when u.usual_no_dock_stations is not null then 'usual'
    end as no_dock_verdict,
    case when s.operative > 0 then cast(s.unusable as double) / cast(s.operative as double) end as unusable_share,
    u.usual_unusable_share,
    case when s.fillable > 0 then cast(s.filled as double) / cast(s.fillable as double) end as fill_rate,
    u.usual_fill_rate,
    case
        when s.fillable > 0 and u.usual_days >= 3
            then cast(s.filled as double) / cast(s.fillable as double) - u.usual_fill_rate
    end as fill_rate_against_usual
from sums as s
left join usual_hours as u
    on s.source = u.source and s.scope = u.scope and s.code = u.code and s.local_hour = u.local_hour
