-- zone_hour
-- question: How were the stations of each zone served in each local hour?
-- grain: source, local_date, local_hour, zone_code
-- reads: station_hour
-- window: all

-- Sums over the stations that the zone had in that hour.
select
    source,
    local_date,
    local_hour,
    zone_code,
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
    cast(sum(ebike_s) as bigint) as ebike_s
from station_hour
group by source, local_date, local_hour, zone_code
