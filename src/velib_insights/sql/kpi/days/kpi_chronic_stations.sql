-- kpi_chronic_stations
-- question: Which stations fail their riders day after day?
-- grain: station_code
-- reads: station_observations
-- window: 7 d

-- Chronic: without a bike or without a dock for at least half of the operative observed time on at least three
-- local days of the last seven times 24 hours. A day counts from four hours of such time on: at either end of the
-- window a day may be a sliver. Half, because a station that fails every other rider is of no use to plan with.
with days as (
    select
        source,
        station_code,
        local_date,
        max(station_id) as station_id,
        max(name) as name,
        max(lat) as lat,
        max(lon) as lon,
        max(zone_code) as zone_code,
        max(zone_name) as zone_name,
        sum(case when is_operative then hold_s else 0 end) as operative_s,
        sum(case when is_unusable then hold_s else 0 end) as unusable_s,
        sum(case when is_short then hold_s else 0 end) as short_s,
        sum(case when is_dock_full then hold_s else 0 end) as no_dock_s
    from station_observations
    where age_s <= 604800
    group by source, station_code, local_date
),

stations as (
    select
        source,
        station_code,
        max(station_id) as station_id,
        max(name) as name,
        max(lat) as lat,
        max(lon) as lon,
        max(zone_code) as zone_code,
        max(zone_name) as zone_name,
        count(*) as days_observed,
        sum(case when 2 * unusable_s >= operative_s then 1 else 0 end) as days_failed,
        sum(operative_s) as operative_s,
        sum(unusable_s) as unusable_s,
        sum(short_s) as short_s,
        sum(no_dock_s) as no_dock_s
    from days
    where operative_s >= 14400
    group by source, station_code
)

select
    source,
    station_code,
    station_id,
    name,
    lat,
    lon,
    zone_code,
    zone_name,
    case
        when short_s > 0 and no_dock_s > 0 then 'both'
        when short_s > 0 then 'no_bike'
        else 'no_dock'
    end as reason,
    cast(days_failed as integer) as days_failed,
    cast(days_observed as integer) as days_observed,
    cast(unusable_s as double) / cast(operative_s as double) as unusable_share,
    cast(floor(cast(short_s as double) / 60) as integer) as short_minutes,
    cast(floor(cast(no_dock_s as double) / 60) as integer) as no_dock_minutes
from stations
where days_failed >= 3
