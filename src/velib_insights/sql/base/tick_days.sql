-- tick_days
-- question: Which part of the time for which a tick holds lies in which calendar day?
-- grain: source, snapshot_epoch, local_date
-- reads: observed_ticks, local_days
-- window: 31 d

-- An observation that holds over local midnight has a row in both days; a day without an observed tick has none of
-- the day before.
select
    t.source,
    t.snapshot_epoch,
    d.local_date,
    t.snapshot_epoch as from_epoch,
    d.ended_epoch as to_epoch,
    d.elapsed_s
from observed_ticks as t
inner join local_days as d
    on t.source = d.source and t.local_date = d.local_date
where t.has_usable_rows and t.age_s >= 0
union all
select
    t.source,
    t.snapshot_epoch,
    d.local_date,
    d.started_epoch as from_epoch,
    d.ended_epoch as to_epoch,
    d.elapsed_s
from observed_ticks as t
inner join local_days as d
    on t.source = d.source
where
    t.has_usable_rows
    and d.ticks_observed > 0
    and t.snapshot_epoch < d.started_epoch
    and t.snapshot_epoch + t.hold_s > d.started_epoch
    and t.age_s <= 2678400
