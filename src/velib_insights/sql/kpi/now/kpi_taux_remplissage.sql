-- kpi_taux_remplissage
-- question: How full is each station now?
-- grain: station_code
-- reads: station_observations
-- window: latest tick

select
    o.source,
    o.snapshot_at,
    o.snapshot_epoch,
    o.station_code,
    o.station_id,
    o.name,
    o.lat,
    o.lon,
    o.zone_code,
    o.zone_name,
    o.capacity,
    o.bikes,
    o.mechanical,
    o.ebikes,
    o.docks,
    o.is_operative,
    case when o.is_operative then o.fill_rate end as fill_rate,
    case when o.is_operative then o.occupancy end as occupancy,
    o.fill_rate as fill_rate_naive,
    o.is_short,
    o.is_low,
    o.is_saturated,
    o.is_unusable,
    o.unavailable_docks,
    o.local_date,
    o.local_hour,
    o.date,
    o.hour
from station_observations as o
where o.age_s = 0
