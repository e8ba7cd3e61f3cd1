-- zone_day
-- question: How were the stations of each zone served on each local day?
-- grain: source, local_date, zone_code
-- reads: station_day
-- window: all

-- Sums over the stations that the zone had on that day; elapsed_s is the length of the day once for each of them.
select
    source,
    local_date,
    zone_code,
    max(zone_name) as zone_name,
    max(zone_kind) as zone_kind,
    cast(count(*) as integer) as stations,
    cast(sum(operative_s) as bigint) as operative_s,
    cast(sum(inoperative_s) as bigint) as inoperative_s,
    cast(sum(bikes_known_s) as bigint) as bikes_known_s,
    cast(sum(docks_known_s) as bigint) as docks_known_s,
    cast(sum(counts_known_s) as bigint) as counts_known_s,
    cast(sum(types_known_s) as bigint) as types_known_s,
    cast(sum(short_s) as bigint) as short_s,
    cast(sum(no_dock_s) as bigint) as no_dock_s,
    cast(sum(unusable_s) as bigint) as unusable_s,
    cast(sum(neither_s) as bigint) as neither_s,
    cast(sum(usable_s) as bigint) as usable_s,
    cast(sum(two_and_two_s) as bigint) as two_and_two_s,
    cast(sum(no_mechanical_s) as bigint) as no_mechanical_s,
    cast(sum(no_ebike_s) as bigint) as no_ebike_s,
    cast(sum(bike_s) as bigint) as bike_s,
    cast(sum(dock_s) as bigint) as dock_s,
    cast(sum(mechanical_s) as bigint) as mechanical_s,
    cast(sum(ebike_s) as bigint) as ebike_s,
    cast(sum(net_bikes) as integer) as net_bikes,
    cast(sum(bikes_moved) as integer) as bikes_moved,
    case
        when count(cadence_s) = count(bikes_moved) and min(cadence_s) = max(cadence_s) then min(cadence_s)
    end as cadence_s,
    cast(sum(elapsed_s) as bigint) as elapsed_s
from station_day
group by source, local_date, zone_code
