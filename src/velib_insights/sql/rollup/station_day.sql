-- station_day
-- question: How was each station served on each local day, and how did it stand?
-- grain: source, local_date, station_code
-- reads: station_hour, station_steps, station_observations, local_hours
-- window: all

-- Seconds and sums are those of the station's hours. What is said of the station itself is what its last observation
-- of the day says that says it. Moves are steps from one observation to the next at both of which it was operative.
with lengths as (
    select
        local_date,
        cast(sum(ended_epoch - started_epoch) as integer) as elapsed_s
    from local_hours
    group by local_date
),

hours as (
    select
        source,
        local_date,
        station_code,
        sum(operative_s) as operative_s,
        sum(inoperative_s) as inoperative_s,
        sum(bikes_known_s) as bikes_known_s,
        sum(docks_known_s) as docks_known_s,
        sum(counts_known_s) as counts_known_s,
        sum(types_known_s) as types_known_s,
        sum(short_s) as short_s,
        sum(no_dock_s) as no_dock_s,
        sum(unusable_s) as unusable_s,
        sum(neither_s) as neither_s,
        sum(usable_s) as usable_s,
        sum(two_and_two_s) as two_and_two_s,
        sum(no_mechanical_s) as no_mechanical_s,
        sum(no_ebike_s) as no_ebike_s,
        sum(bike_s) as bike_s,
        sum(dock_s) as dock_s,
        sum(mechanical_s) as mechanical_s,
        sum(ebike_s) as ebike_s
    from station_hour
    group by source, local_date, station_code
),

changes as (
    select
        source,
        station_code,
        cadence_s,
        bikes - previous_bikes as change,
        case
            when
                mod(previous_epoch + previous_offset_s, 86400)
                + cast(floor(cast(snapshot_epoch - previous_epoch as double) / 2) as bigint) < 86400
                then previous_date
            else local_date
        end as local_date
    from station_steps
    where
        is_operative
        and was_operative
        and previous_until_epoch = snapshot_epoch
        and bikes is not null
        and previous_bikes is not null
),

moves as (
    select
        source,
        local_date,
        station_code,
        sum(change) as net_bikes,
        sum(abs(change)) as bikes_moved,
        case when min(cadence_s) = max(cadence_s) then min(cadence_s) end as cadence_s
    from changes
    group by source, local_date, station_code
),

-- Few in a day: a station's attributes change when it is renamed or moved, or where a body lacks some of them.
tellings as (
    select
        source,
        local_date,
        station_code,
        station_id,
        name,
        lat,
        lon,
        zone_code,
        zone_name,
        zone_kind,
        capacity,
        max(snapshot_epoch) as last_epoch
    from station_observations
    group by
        source,
        local_date,
        station_code,
        station_id,
        name,
        lat,
        lon,
        zone_code,
        zone_name,
        zone_kind,
        capacity
),

attributes as (
    select
        source,
        local_date,
        station_code,
        max_by(station_id, last_epoch) as station_id,
        max_by(name, case when name is not null then last_epoch end) as name,
        max_by(lat, case when lat is not null then last_epoch end) as lat,
        max_by(lon, case when lon is not null then last_epoch end) as lon,
        max_by(zone_code, case when zone_code is not null then last_epoch end) as zone_code,
        max_by(zone_name, case when zone_name is not null then last_epoch end) as zone_name,
        max_by(zone_kind, case when zone_kind is not null then last_epoch end) as zone_kind,
        max_by(capacity, case when capacity is not null then last_epoch end) as capacity
    from tellings
    group by source, local_date, station_code
),

extremes as (
    select
        source,
        local_date,
        station_code,
        min(bikes) as least_bikes,
        max(bikes) as most_bikes,
        min(mechanical) as least_mechanical,
        min(ebikes) as least_ebikes,
        min(docks) as least_docks,
        max(docks) as most_docks
    from station_observations
    where is_operative
    group by source, local_date, station_code
)

select
    h.source,
    h.local_date,
    h.station_code,
    a.station_id,
    a.name,
    a.lat,
    a.lon,
    coalesce(a.zone_code, '') as zone_code,
    coalesce(a.zone_name, 'Unknown') as zone_name,
    a.zone_kind,
    a.capacity,
    cast(h.operative_s as integer) as operative_s,
    cast(h.inoperative_s as integer) as inoperative_s,
    cast(h.bikes_known_s as integer) as bikes_known_s,
    cast(h.docks_known_s as integer) as docks_known_s,
    cast(h.counts_known_s as integer) as counts_known_s,
    cast(h.types_known_s as integer) as types_known_s,
    cast(h.short_s as integer) as short_s,
    cast(h.no_dock_s as integer) as no_dock_s,
    cast(h.unusable_s as integer) as unusable_s,
    cast(h.neither_s as integer) as neither_s,
    cast(h.usable_s as integer) as usable_s,
    cast(h.two_and_two_s as integer) as two_and_two_s,
    cast(h.no_mechanical_s as integer) as no_mechanical_s,
    cast(h.no_ebike_s as integer) as no_ebike_s,
    cast(h.bike_s as bigint) as bike_s,
    cast(h.dock_s as bigint) as dock_s,
    cast(h.mechanical_s as bigint) as mechanical_s,
    cast(h.ebike_s as bigint) as ebike_s,
    e.least_bikes,
    e.most_bikes,
    e.least_mechanical,
    e.least_ebikes,
    e.least_docks,
    e.most_docks,
    cast(m.net_bikes as integer) as net_bikes,
    cast(m.bikes_moved as integer) as bikes_moved,
    m.cadence_s,
    l.elapsed_s
from hours as h
inner join lengths as l
    on h.local_date = l.local_date
left join attributes as a
    on h.source = a.source and h.local_date = a.local_date and h.station_code = a.station_code
left join extremes as e
    on h.source = e.source and h.local_date = e.local_date and h.station_code = e.station_code
left join moves as m
    on h.source = m.source and h.local_date = m.local_date and h.station_code = m.station_code
