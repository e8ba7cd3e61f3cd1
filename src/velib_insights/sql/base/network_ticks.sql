-- network_ticks
-- question: How did the whole network stand at each observed tick?
-- grain: source, snapshot_epoch
-- reads: station_observations
-- window: all

-- Counts are of operative stations, as in kpi_network_headline, whose row is the last of these.
-- A sum over operative stations is of those whose value is known (*_known_stations says how many) and null where none is.
-- Where no station is operative it is 0, unless the feed does not give that value at all.
with totals as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        count(*) as stations,
        sum(case when is_operative then 1 else 0 end) as operative,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then bikes end)
            when max(bikes) is not null then 0
        end as bikes,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then mechanical end)
            when max(mechanical) is not null then 0
        end as mechanical,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then ebikes end)
            when max(ebikes) is not null then 0
        end as ebikes,
        case
            when sum(case when is_operative then 1 else 0 end) > 0 then sum(case when is_operative then docks end)
            when max(docks) is not null then 0
        end as docks,
        sum(case when is_operative and bikes is not null and docks is not null then bikes else 0 end) as filled,
        sum(
            case when is_operative and bikes is not null and docks is not null then bikes + docks else 0 end
        ) as fillable,
        sum(case when is_operative and bikes is not null then 1 else 0 end) as bikes_known,
        sum(case when is_operative and docks is not null then 1 else 0 end) as docks_known,
        sum(case when is_operative and mechanical is not null and ebikes is not null then 1 else 0 end) as types_known,
        sum(case when is_short then 1 else 0 end) as no_bike,
        sum(case when is_short_naive then 1 else 0 end) as short_naive,
        sum(case when is_dock_full then 1 else 0 end) as dock_full,
        sum(case when is_saturated then 1 else 0 end) as saturated,
        sum(case when is_saturated_naive then 1 else 0 end) as saturated_naive,
        sum(case when is_unusable then 1 else 0 end) as unusable
    from station_observations
    where is_observed
    group by source, snapshot_at, snapshot_epoch, local_date
)

select
    source,
    snapshot_at,
    snapshot_epoch,
    local_date,
    cast(stations as integer) as stations,
    cast(operative as integer) as operative_stations,
    cast(bikes as integer) as bikes,
    cast(mechanical as integer) as mechanical,
    cast(ebikes as integer) as ebikes,
    cast(docks as integer) as docks,
    cast(bikes_known as integer) as bikes_known_stations,
    cast(types_known as integer) as types_known_stations,
    cast(docks_known as integer) as docks_known_stations,
    case when fillable > 0 then cast(filled as double) / cast(fillable as double) end as fill_rate,
    cast(no_bike as integer) as short_stations,
    cast(short_naive as integer) as short_stations_naive,
    cast(dock_full as integer) as no_dock_stations,
    cast(saturated as integer) as saturated_stations,
    cast(saturated_naive as integer) as saturated_stations_naive,
    cast(unusable as integer) as unusable_stations,
    case
        when bikes_known > 0 then cast(bikes_known - no_bike as double) / cast(bikes_known as double)
    end as bike_availability,
    case
        when docks_known > 0 then cast(docks_known - dock_full as double) / cast(docks_known as double)
    end as dock_availability
from totals
