-- kpi_rebalancing_need
-- question: How many bikes should be added to or removed from each station now?
-- grain: station_code
-- reads: station_observations
-- window: latest tick

select
    source,
    snapshot_at,
    snapshot_epoch,
    station_code,
    station_id,
    name,
    lat,
    lon,
    zone_code,
    zone_name,
    capacity,
    bikes,
    docks,
    fill_rate,
    bikes_to_add,
    bikes_to_take,
    cast(bikes_to_add - bikes_to_take as integer) as net_bikes_needed
from station_observations
where age_s = 0 and (bikes_to_add > 0 or bikes_to_take > 0)
