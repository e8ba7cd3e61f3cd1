-- kpi_bike_type_split
-- question: How do mechanical and electric bikes share the network and each zone now?
-- grain: scope, zone_code
-- reads: station_observations
-- window: latest tick

-- Of operative stations. A station whose bikes are all of one type lacks the other, where the network shows any.
-- Bikes by type are those of stations whose types are known (types_known_stations), and null where no station's are.
with stations as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        coalesce(zone_code, '') as zone_code,
        case when zone_code is null then 'Unknown' else zone_name end as zone_name,
        bikes,
        case when mechanical is not null and ebikes is not null then mechanical end as mechanical,
        case when mechanical is not null and ebikes is not null then ebikes end as ebikes,
        case when mechanical is not null and ebikes is not null then 1 else 0 end as types_known,
        case when bikes > 0 and lacks_mechanical then 1 else 0 end as only_electric,
        case when bikes > 0 and lacks_ebikes then 1 else 0 end as only_mechanical
    from station_observations
    where age_s = 0 and is_operative
),

scopes as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        'zone' as scope,
        zone_code,
        max(zone_name) as zone_name,
        count(*) as operative,
        sum(bikes) as bikes,
        sum(mechanical) as mechanical,
        sum(ebikes) as ebikes,
        sum(types_known) as types_known,
        sum(only_electric) as only_electric,
        sum(only_mechanical) as only_mechanical
    from stations
    group by source, snapshot_at, snapshot_epoch, zone_code
    union all
    select
        source,
        snapshot_at,
        snapshot_epoch,
        'network' as scope,
        '' as zone_code,
        '' as zone_name,
        count(*) as operative,
        sum(bikes) as bikes,
        sum(mechanical) as mechanical,
        sum(ebikes) as ebikes,
        sum(types_known) as types_known,
        sum(only_electric) as only_electric,
        sum(only_mechanical) as only_mechanical
    from stations
    group by source, snapshot_at, snapshot_epoch
)

select
    source,
    snapshot_at,
    snapshot_epoch,
    scope,
    zone_code,
    zone_name,
    cast(operative as integer) as operative_stations,
    cast(bikes as integer) as bikes,
    cast(mechanical as integer) as mechanical,
    cast(ebikes as integer) as ebikes,
    cast(types_known as integer) as types_known_stations,
    case
        when mechanical + ebikes > 0 then cast(ebikes as double) / cast(mechanical + ebikes as double)
    end as ebike_share,
    case
        when max(mechanical) over (partition by source) > 0 then cast(only_electric as integer)
    end as stations_without_mechanical,
    case
        when max(ebikes) over (partition by source) > 0 then cast(only_mechanical as integer)
    end as stations_without_ebikes
from scopes
