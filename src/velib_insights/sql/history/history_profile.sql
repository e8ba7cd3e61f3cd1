-- history_profile
-- question: When in the week does the network run short or full? Each hour of each weekday, over each period.
-- grain: period, local_weekday, local_hour
-- reads: zone_hour, calendar
-- window: span

-- Ratios of sums over the closed days of the period. days_covered are those of the weekday that were observed in that
-- hour.
with hours as (
    select
        h.source,
        h.local_date,
        h.local_hour,
        sum(h.operative_s) as operative_s,
        sum(h.bikes_known_s) as bikes_known_s,
        sum(h.docks_known_s) as docks_known_s,
        sum(h.counts_known_s) as counts_known_s,
        sum(h.types_known_s) as types_known_s,
        sum(h.short_s) as short_s,
        sum(h.no_dock_s) as no_dock_s,
        sum(h.unusable_s) as unusable_s,
        sum(h.usable_s) as usable_s,
        sum(h.no_mechanical_s) as no_mechanical_s,
        sum(h.no_ebike_s) as no_ebike_s,
        sum(h.bike_s) as bike_s,
        sum(h.dock_s) as dock_s,
        sum(h.mechanical_s) as mechanical_s,
        sum(h.ebike_s) as ebike_s
    from zone_hour as h
    group by h.source, h.local_date, h.local_hour
),

sums as (
    select
        h.source,
        c.period,
        c.local_weekday,
        h.local_hour,
        count(*) as days_covered,
        sum(h.operative_s) as operative_s,
        sum(h.bikes_known_s) as bikes_known_s,
        sum(h.docks_known_s) as docks_known_s,
        sum(h.counts_known_s) as counts_known_s,
        sum(h.types_known_s) as types_known_s,
        sum(h.short_s) as short_s,
        sum(h.no_dock_s) as no_dock_s,
        sum(h.unusable_s) as unusable_s,
        sum(h.usable_s) as usable_s,
        sum(h.no_mechanical_s) as no_mechanical_s,
        sum(h.no_ebike_s) as no_ebike_s,
        sum(h.bike_s) as bike_s,
        sum(h.dock_s) as dock_s,
        sum(h.mechanical_s) as mechanical_s,
        sum(h.ebike_s) as ebike_s
    from hours as h
    inner join calendar as c
        on h.local_date = c.local_date
    group by h.source, c.period, c.local_weekday, h.local_hour
)

select
    source,
    period,
    local_weekday,
    local_hour,
    case
        when bikes_known_s > 0 then cast(bikes_known_s - short_s as double) / cast(bikes_known_s as double)
    end as bike_availability,
    case
        when docks_known_s > 0 then cast(docks_known_s - no_dock_s as double) / cast(docks_known_s as double)
    end as dock_availability,
    case
        when counts_known_s > 0 then cast(usable_s as double) / cast(counts_known_s as double)
    end as full_availability,
    case
        when operative_s > 0 then cast(unusable_s as double) / cast(operative_s as double)
    end as unusable_share,
    case
        when types_known_s > 0 then cast(types_known_s - no_mechanical_s as double) / cast(types_known_s as double)
    end as mechanical_availability,
    case
        when types_known_s > 0 then cast(types_known_s - no_ebike_s as double) / cast(types_known_s as double)
    end as ebike_availability,
    case when bike_s + dock_s > 0 then cast(bike_s as double) / cast(bike_s + dock_s as double) end as fill_rate,
    cast(days_covered as integer) as days_covered
from sums
