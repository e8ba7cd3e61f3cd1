-- partial_observations
-- question: Which stations does each partial tick show, with both counts?
-- grain: source, station_code, snapshot_epoch
-- reads: source_velib, observed_ticks
-- window: all

-- Few ticks are partial, so there are few rows: most often none.
select /*+ broadcast(t) */
    o.source,
    o.station_code,
    o.snapshot_epoch
from source_velib as o
inner join observed_ticks as t
    on
        o.source = t.source
        and o.date = t.date
        and o.hour = t.hour
        and o.snapshot_epoch = t.snapshot_epoch
where t.is_partial and t.has_usable_rows and t.age_s >= 0 and o.bikes is not null and o.docks is not null
group by o.source, o.station_code, o.snapshot_epoch
