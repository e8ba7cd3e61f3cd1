-- station_observations
-- question: What was true of each station at each tick that showed it?
-- grain: source, station_id, snapshot_epoch
-- reads: source_velib, observed_ticks, partial_observations
-- window: all

-- Every predicate that a measure needs is named once, here. What cannot be known (a null count, a null state) is
-- not true of the station. The naive ones leave the station's state out of account, as a plain count of the feed
-- would. A measure filters by age_s, the seconds before now; the filter reaches the few rows of observed_ticks, and
-- their date and hour prune source_velib. That stands first because Trino hashes the second and prunes the first.
-- A partial tick shows the stations whose counts it has: it ends what their last observation held, and no other's.
-- So sums over the network leave it out (is_observed), and hold for as long as the tick does (tick_hold_s). Two
-- observations of a station follow each other where the first holds until the second (until_epoch).
with seen as (
    select /*+ broadcast(t) */
        o.source,
        t.snapshot_at,
        o.snapshot_epoch,
        t.age_s,
        t.cadence_s,
        t.is_observed,
        t.hold_s as tick_hold_s,
        case
            when p.snapshot_epoch - o.snapshot_epoch < t.hold_s
                then cast(p.snapshot_epoch - o.snapshot_epoch as integer)
            else t.hold_s
        end as hold_s,
        o.station_id,
        o.station_code,
        o.name,
        o.lat,
        o.lon,
        o.zone_code,
        o.zone_name,
        o.zone_kind,
        o.capacity,
        o.bikes,
        o.mechanical,
        o.ebikes,
        o.docks,
        o.fill_rate,
        o.occupancy,
        o.unavailable_docks,
        o.last_reported,
        o.bikes + o.docks as bikes_and_docks,
        case when o.is_operative then true else false end as is_operative,
        case when 10 * o.bikes >= 9 * (o.bikes + o.docks) and o.bikes > 0 then true else false end as is_fill_90,
        o.local_date,
        o.local_hour,
        o.local_weekday,
        t.utc_offset_s,
        o.date,
        o.hour
    from source_velib as o
    inner join observed_ticks as t
        on
            o.source = t.source
            and o.date = t.date
            and o.hour = t.hour
            and o.snapshot_epoch = t.snapshot_epoch
    left join partial_observations as p
        on
            o.source = p.source
            and o.station_code = p.station_code
            and t.next_partial_epoch = p.snapshot_epoch
    where
        t.has_usable_rows
        and t.age_s >= 0
        and (t.is_observed or (o.bikes is not null and o.docks is not null))
)

select
    source,
    snapshot_at,
    snapshot_epoch,
    age_s,
    cadence_s,
    is_observed,
    tick_hold_s,
    hold_s,
    snapshot_epoch + hold_s as until_epoch,
    station_id,
    station_code,
    name,
    lat,
    lon,
    zone_code,
    zone_name,
    zone_kind,
    capacity,
    bikes,
    mechanical,
    ebikes,
    docks,
    fill_rate,
    occupancy,
    unavailable_docks,
    last_reported,
    is_operative,
    case when is_operative and bikes = 0 then true else false end as is_short,
    case when is_operative and bikes > 0 then true else false end as has_bike,
    case when is_operative and docks > 0 then true else false end as has_dock,
    case when is_operative and mechanical = 0 then true else false end as lacks_mechanical,
    case when is_operative and ebikes = 0 then true else false end as lacks_ebikes,
    case when is_operative and bikes <= 2 then true else false end as is_low,
    case when is_operative and docks = 0 then true else false end as is_dock_full,
    case when is_operative and (docks = 0 or is_fill_90) then true else false end as is_saturated,
    case
        when is_operative and docks = 0 then 'no_dock'
        when is_operative and is_fill_90 then 'fill_90'
    end as saturation_reason,
    case when is_operative and (bikes = 0 or docks = 0) then true else false end as is_unusable,
    case when bikes = 0 then true else false end as is_short_naive,
    case
        when docks = 0 or (capacity > 0 and 10 * bikes >= 9 * capacity) then true
        else false
    end as is_saturated_naive,
    cast(
        case
            when is_operative and bikes_and_docks is null then null
            when is_operative and 5 * bikes < bikes_and_docks
                then ceil(cast(bikes_and_docks as double) / 5) - bikes
            else 0
        end as integer
    ) as bikes_to_add,
    cast(
        case
            when is_operative and bikes_and_docks is null then null
            when is_operative and 5 * bikes > 4 * bikes_and_docks
                then bikes - floor(cast(4 * bikes_and_docks as double) / 5)
            else 0
        end as integer
    ) as bikes_to_take,
    local_date,
    local_hour,
    local_weekday,
    utc_offset_s,
    date,
    hour
from seen
