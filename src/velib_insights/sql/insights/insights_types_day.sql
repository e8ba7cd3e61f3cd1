-- insights_types_day
-- question: How many mechanical and electric bikes stood ready on average each day, in the network and each zone?
-- grain: local_date, scope, zone_code
-- reads: station_observations
-- window: all

-- Of operative stations whose types are both known, weighted by the time for which each tick holds. A station lacks a
-- type if it has bikes and none of that type; of a type that no station showed all day none is lacking.
with stations as (
    select
        source,
        local_date,
        snapshot_epoch,
        tick_hold_s as hold_s,
        coalesce(zone_code, '') as zone_code,
        case when zone_code is null then 'Unknown' else zone_name end as zone_name,
        case when mechanical is not null and ebikes is not null then mechanical end as mechanical,
        case when mechanical is not null and ebikes is not null then ebikes end as ebikes,
        case when bikes > 0 and lacks_mechanical then 1 else 0 end as only_electric,
        case when bikes > 0 and lacks_ebikes then 1 else 0 end as only_mechanical
    from station_observations
    where is_observed and is_operative and tick_hold_s > 0
),

moments as (
    select
        source,
        local_date,
        snapshot_epoch,
        hold_s,
        'zone' as scope,
        zone_code,
        max(zone_name) as zone_name,
        sum(mechanical) as mechanical,
        sum(ebikes) as ebikes,
        sum(only_electric) as only_electric,
        sum(only_mechanical) as only_mechanical
    from stations
    group by source, local_date, snapshot_epoch, hold_s, zone_code
    union all
    select
        source,
        local_date,
        snapshot_epoch,
        hold_s,
        'network' as scope,
        '' as zone_code,
        '' as zone_name,
        sum(mechanical) as mechanical,
        sum(ebikes) as ebikes,
        sum(only_electric) as only_electric,
        sum(only_mechanical) as only_mechanical
    from stations
    group by source, local_date, snapshot_epoch, hold_s
),

days as (
    select
        source,
        local_date,
        scope,
        zone_code,
        max(zone_name) as zone_name,
        sum(hold_s) as observed_s,
        sum(case when mechanical is not null then hold_s end) as known_s,
        sum(hold_s * mechanical) as mechanical_s,
        sum(hold_s * ebikes) as ebikes_s,
        sum(hold_s * only_electric) as only_electric_s,
        sum(hold_s * only_mechanical) as only_mechanical_s
    from moments
    group by source, local_date, scope, zone_code
)

select
    source,
    local_date,
    scope,
    zone_code,
    zone_name,
    cast(mechanical_s as double) / cast(known_s as double) as mean_mechanical,
    cast(ebikes_s as double) / cast(known_s as double) as mean_ebikes,
    case
        when mechanical_s + ebikes_s > 0 then cast(ebikes_s as double) / cast(mechanical_s + ebikes_s as double)
    end as ebike_share,
    case
        when max(mechanical_s) over (partition by source, local_date) > 0
            then cast(only_electric_s as double) / cast(observed_s as double)
    end as mean_stations_without_mechanical,
    case
        when max(ebikes_s) over (partition by source, local_date) > 0
            then cast(only_mechanical_s as double) / cast(observed_s as double)
    end as mean_stations_without_ebikes
from days
