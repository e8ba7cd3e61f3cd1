-- station_hour
-- question: For how long was each station in each state in each local hour, and with how many bikes and docks?
-- grain: source, local_date, local_hour, station_code
-- reads: station_observations, observed_ticks, local_hours
-- window: all

-- local_hours has the instants between which each local hour of the days wanted lies; where clocks go back an hour has
-- two rows. An observation counts in each hour for the part of its time that lies in it, and in no day without an
-- observed tick of its own. Bikes and docks are summed over the time with both counts known, types over that with both.
with seen_dates as (
    select
        source,
        local_date
    from observed_ticks
    where is_observed
    group by source, local_date
),

tick_hours as (
    select
        t.source,
        t.snapshot_epoch,
        h.local_date,
        h.local_hour,
        case when h.started_epoch > t.snapshot_epoch then h.started_epoch else t.snapshot_epoch end as from_epoch,
        h.ended_epoch as to_epoch
    from observed_ticks as t
    inner join local_hours as h
        on
            t.snapshot_epoch < h.ended_epoch
            and (
                t.snapshot_epoch >= h.started_epoch
                or t.snapshot_epoch + t.hold_s > h.started_epoch
            )
    inner join seen_dates as d
        on t.source = d.source and h.local_date = d.local_date
    where t.has_usable_rows and t.age_s >= 0
),

held as (
    select /*+ broadcast(h) */
        o.source,
        h.local_date,
        h.local_hour,
        o.station_code,
        o.zone_code,
        o.is_operative,
        o.bikes,
        o.mechanical,
        o.ebikes,
        o.docks,
        case when o.until_epoch > h.to_epoch then h.to_epoch else o.until_epoch end - h.from_epoch as held_s
    from station_observations as o
    inner join tick_hours as h
        on o.source = h.source and o.snapshot_epoch = h.snapshot_epoch
    where h.from_epoch = o.snapshot_epoch or o.until_epoch > h.from_epoch
)

select
    source,
    local_date,
    local_hour,
    station_code,
    coalesce(max(zone_code), '') as zone_code,
    cast(sum(case when is_operative then held_s else 0 end) as integer) as operative_s,
    cast(sum(case when is_operative then 0 else held_s end) as integer) as inoperative_s,
    cast(sum(case when is_operative and bikes is not null then held_s else 0 end) as integer) as bikes_known_s,
    cast(sum(case when is_operative and docks is not null then held_s else 0 end) as integer) as docks_known_s,
    cast(
        sum(case when is_operative and bikes is not null and docks is not null then held_s else 0 end) as integer
    ) as counts_known_s,
    cast(
        sum(case when is_operative and mechanical is not null and ebikes is not null then held_s else 0 end) as integer
    ) as types_known_s,
    cast(sum(case when is_operative and bikes = 0 then held_s else 0 end) as integer) as short_s,
    cast(sum(case when is_operative and docks = 0 then held_s else 0 end) as integer) as no_dock_s,
    cast(sum(case when is_operative and (bikes = 0 or docks = 0) then held_s else 0 end) as integer) as unusable_s,
    cast(sum(case when is_operative and bikes = 0 and docks = 0 then held_s else 0 end) as integer) as neither_s,
    cast(sum(case when is_operative and bikes >= 1 and docks >= 1 then held_s else 0 end) as integer) as usable_s,
    cast(sum(case when is_operative and bikes >= 2 and docks >= 2 then held_s else 0 end) as integer) as two_and_two_s,
    cast(sum(case when is_operative and mechanical = 0 then held_s else 0 end) as integer) as no_mechanical_s,
    cast(sum(case when is_operative and ebikes = 0 then held_s else 0 end) as integer) as no_ebike_s,
    cast(sum(case when is_operative and docks is not null then bikes * held_s else 0 end) as bigint) as bike_s,
    cast(sum(case when is_operative and bikes is not null then docks * held_s else 0 end) as bigint) as dock_s,
    cast(sum(case when is_operative and ebikes is not null then mechanical * held_s else 0 end) as bigint)
        as mechanical_s,
    cast(sum(case when is_operative and mechanical is not null then ebikes * held_s else 0 end) as bigint) as ebike_s
from held
group by source, local_date, local_hour, station_code
