"""The day in French sentences. Each function says one topic, or None where the day gave nothing to say of it."""

from __future__ import annotations

from collections.abc import Callable

from velib_insights.core.insights import selection
from velib_insights.core.insights.report import (
    Baseline,
    CommuteFlow,
    Comparison,
    DayReport,
    Recovery,
    Zone,
    ZoneFlow,
)
from velib_insights.core.locale import FIXED, THIN, Locale

COLON, SEMICOLON = f"{FIXED}: ", f"{THIN}; "
_NAMES = {"day_before": "la veille", "week_before": "la semaine d'avant"}
_KINDS = {"no_bike": "sans vélo", "no_dock": "sans place libre"}


def coverage(report: DayReport, locale: Locale) -> str | None:
    seen = report.coverage
    if not seen.is_low:
        return None
    only = selection.only_observation(report)
    if only is not None:
        return (
            f"Une seule observation, à {locale.time(only)}{COLON}les durées sont inconnues."
            f" {_ticks(report, locale)}."
        )
    if not seen.observed_minutes:
        return "Rien n'a pu être mesuré ce jour-là" + COLON + _ticks(report, locale) + "."
    share = locale.percent(seen.share or 0)
    return (
        f"Journée mal observée{COLON}{share} seulement, soit {locale.duration(seen.observed_minutes)}"
        f" sur {locale.duration(seen.elapsed_minutes)}. Les chiffres ne valent que pour ce temps-là."
    )


def source(report: DayReport, _: Locale) -> str | None:
    return {
        None: None,
        "live": None,
        "imported": "Données importées, enregistrées ailleurs.",
        "simulated": f"Données simulées{COLON}cette journée n'a pas eu lieu.",
    }[report.how]


def under_way(report: DayReport, locale: Locale) -> str | None:
    last = report.coverage.last_observed_epoch
    if report.coverage.is_over or last is None:
        return None
    at = locale.time(last)
    return {
        None: f"Journée incomplète{COLON}chiffres arrêtés à {at}, dernière observation.",
        "live": f"Journée incomplète{COLON}chiffres arrêtés à {at}, dernière observation.",
        "imported": f"Les données importées s'arrêtent à {at}{COLON}chiffres arrêtés à ce moment.",
        "simulated": f"La simulation s'arrête à {at}{COLON}chiffres arrêtés à ce moment.",
    }[report.how]


def network(report: DayReport, locale: Locale) -> str | None:
    net = report.network
    if net is None or net.unusable_share is None:
        return None
    found = ""
    if net.bike_availability is not None and net.dock_availability is not None:
        found = (
            f"on trouvait un vélo {locale.percent(net.bike_availability)} du temps"
            f" et une place libre {locale.percent(net.dock_availability)} du temps{SEMICOLON}"
        )
    return (
        f"{locale.day(report.date).capitalize()}, {found}les stations ont été inutilisables (sans vélo ou sans place)"
        f" {locale.count(net.outage_minutes, 'minute', 'minutes')} en tout,"
        f" soit {locale.percent(net.unusable_share)} de leur temps de service observé"
        f" ({locale.number(net.short_minutes)} sans vélo, {locale.number(net.no_dock_minutes)} sans place)."
    )


def comparison(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    if report.history.day_before == "day_not_over":
        return "La journée est incomplète, elle n'est donc pas comparée aux précédentes."
    if report.history.day_before == "day_low_coverage":
        return "La journée est trop peu observée pour être comparée aux précédentes."
    share = selection.comparison_of(report, "unusable_share")
    told = _against(share, report, locale, _share_change)
    text = f"Temps inutilisable{COLON}{', '.join(told)}." if told else ""
    for state, said, join in (
        (
            "not_comparable",
            "Pas comparable à {}" + COLON + "moins de la moitié du temps observé est commun.",
            " ni à ",
        ),
        ("no_history", "Pas encore d'historique pour comparer avec {}.", " ni avec "),
    ):
        names = [_baseline(name, report, locale) for name in selection.baselines_in_state(report, state)]
        if names:
            text += f" {said.format(join.join(names))}"
    return text.strip()


def moves(report: DayReport, locale: Locale) -> str | None:
    if report.network is None or report.network.bikes_moved is None:
        return None
    total = locale.count(report.network.bikes_moved, "vélo pris ou rendu", "vélos pris ou rendus")
    compared = selection.comparison_of(report, "bikes_moved")
    told = _against(compared, report, locale, _relative_change)
    return f"Au moins {total}, camions compris{' (' + ', '.join(told) + ')' if told else ''}."


def worst_moment(report: DayReport, locale: Locale) -> str | None:
    worst = report.worst_moment
    if worst is None or not worst.operative_stations:
        return None
    if not worst.unusable_stations:
        return "À aucun relevé une station n'a manqué de vélos ou de places."
    share = f" ({locale.percent(worst.unusable_share)})" if worst.unusable_share is not None else ""
    return (
        f"Le pire moment{COLON}{locale.time(worst.epoch)}, avec"
        f" {locale.count(worst.unusable_stations, 'station inutilisable', 'stations inutilisables')}"
        f" sur {locale.number(worst.operative_stations)}{share},"
        f" dont {locale.number(worst.short_stations)} sans vélo et {locale.number(worst.no_dock_stations)} sans place."
    )


def zones(report: DayReport, locale: Locale) -> str | None:
    hit = selection.zones_hit(report)
    if not hit:
        return None
    named = ", ".join(_zone(zone, locale) for zone in hit)
    return f"{locale.plural(len(hit), 'Zone la plus touchée', 'Zones les plus touchées')}{COLON}{named}."


def _zone(zone: Zone, locale: Locale) -> str:
    share = f"{locale.percent(zone.unusable_share)} du temps, " if zone.unusable_share is not None else ""
    return f"{zone.zone_name} ({share}{locale.count(zone.outage_minutes, 'minute', 'minutes')})"


def equity(report: DayReport, locale: Locale) -> str | None:
    gap = report.equity
    if gap is None or gap.zones < 2:
        return None
    return (
        f"Écart entre zones de cinq stations ou plus{COLON}{locale.percent(gap.worst_unusable_share)} du temps perdu"
        f" dans la pire ({gap.worst_zone_name}), {locale.percent(gap.median_unusable_share)} dans la zone médiane,"
        f" soit {locale.points(gap.equity_difference)} d'écart."
    )


def stations_worst(report: DayReport, locale: Locale) -> str | None:
    if report.network is None or not report.stations.worst:
        return None
    worst = report.stations.worst[0]
    always = report.network.stations_always_out
    all_day = (
        f"{locale.count(always, 'station est restée inutilisable', 'stations sont restées inutilisables')}"
        if always
        else "Aucune station n'est restée inutilisable"
    )
    return (
        f"La station la plus longtemps inutilisable{COLON}{_station(worst.name, worst.station_code, worst.zone_name)},"
        f" {locale.duration(worst.outage_minutes)} sur {locale.duration(worst.operative_minutes)}."
        f" {all_day} de bout en bout."
    )


def stations_best(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    never, served = report.network.stations_never_out, report.network.stations_served
    if not never:
        return "Aucune station n'a eu toujours un vélo et une place libre."
    text = (
        f"{locale.count(never, 'station', 'stations')} sur {locale.number(served)}"
        f" {locale.plural(never, 'a', 'ont')} toujours eu un vélo et une place libre"
    )
    best = report.stations.best[0] if report.stations.best else None
    if best and best.bikes_moved:
        moved = locale.count(best.bikes_moved, "vélo pris ou rendu", "vélos pris ou rendus")
        where = _station(best.name, best.station_code, best.zone_name)
        text += f"{SEMICOLON}la plus active d'entre elles{COLON}{where}, au moins {moved}"
    return f"{text}."


def _station(name: str | None, code: str, zone: str | None) -> str:
    return f"{name or 'station'} (n°{FIXED}{code}{', ' + zone if zone else ''})"


def morning(report: DayReport, locale: Locale) -> str | None:
    return _commute("Trajets du matin", report.morning, locale)


def evening(report: DayReport, locale: Locale) -> str | None:
    return _commute("Trajets du soir", report.evening, locale)


def _commute(name: str, flow: CommuteFlow | None, locale: Locale) -> str | None:
    if flow is None or not (flow.gained or flow.lost):
        return None
    gained, lost = selection.named_flows(flow)

    def named(flows: tuple[ZoneFlow, ...]) -> str:
        return ", ".join(f"{f.zone_name} ({locale.signed(f.net_bikes)})" for f in flows)

    parts = [
        f"{said} {named(flows)}"
        for said, flows in (
            ("les vélos ont afflué vers", gained),
            ("et quitté" if gained else "les vélos ont quitté", lost),
        )
        if flows
    ]
    seen = "" if flow.observed_share >= 1 else f", observée à {locale.percent(flow.observed_share, 0)}"
    return f"{name} ({locale.hour(flow.from_hour)} à {locale.hour(flow.to_hour)}{seen}){COLON}{', '.join(parts)}."


def types(report: DayReport, locale: Locale) -> str | None:
    split = selection.type_split(report)
    if split is None:
        return None
    lacking = ""
    if split.without:
        no_electric, no_mechanical = split.without
        lacking = (
            f"{SEMICOLON}{locale.count(no_electric, 'station', 'stations')} avec des vélos mais aucun"
            f" électrique, {locale.number(no_mechanical)} sans mécanique"
        )
    return (
        f"En moyenne {locale.count(split.mechanical, 'vélo mécanique', 'vélos mécaniques')}"
        f" et {locale.count(split.electric, 'électrique', 'électriques')} en station"
        f" ({locale.percent(split.electric_share)} d'électriques){lacking}."
    )


def chronic(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    if report.chronic is None:
        return (
            "Pas encore assez de jours observés pour dire quelles stations sont chroniquement inutilisables."
        )
    rule = "au moins la moitié du temps, trois jours ou plus sur les sept derniers"
    if not report.chronic:
        return f"Aucune station n'est chroniquement inutilisable ({rule})."
    named = locale.listed(
        [_station(s.name, s.station_code, None) for s in report.chronic[: selection.MAX_NAMED]]
    )
    found = locale.count(
        len(report.chronic), "station chroniquement inutilisable", "stations chroniquement inutilisables"
    )
    among = "dont " if len(report.chronic) > selection.MAX_NAMED else ""
    return f"{found} ({rule}){COLON}{among}{named}."


def recovery(report: DayReport, locale: Locale) -> str | None:
    told = [_recovery(each, locale) for each in selection.recoveries(report)]
    return f"{SEMICOLON.join(told)}." if told else None


def _recovery(each: Recovery, locale: Locale) -> str:
    over = locale.plural(each.ended, "fini", "finis")
    text = f"{locale.count(each.ended, 'épisode', 'épisodes')} {_KINDS[each.kind]} {over}"
    if each.median_minutes is not None and each.p90_minutes is not None:
        text += (
            f" (durée médiane {locale.duration(each.median_minutes)},"
            f" neuf sur dix en {locale.duration(each.p90_minutes)} au plus)"
        )
    return f"{text}, {locale.number(each.going_on)} encore en cours à la fin"


def changes(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    if report.changes is None:
        return "Pas encore de jour précédent pour dire ce qui a changé dans le réseau."
    if not report.changes:
        return "Aucune station apparue, disparue, renommée, déplacée ou redimensionnée."
    kinds = {
        "appeared": ("station apparue", "stations apparues"),
        "vanished": ("station disparue", "stations disparues"),
        "renamed": ("station renommée", "stations renommées"),
        "moved": ("station déplacée", "stations déplacées"),
        "resized": ("station redimensionnée", "stations redimensionnées"),
    }
    told = [
        f"{locale.count(len(found), *kinds[kind])} ({selection.names_of(found)})"
        for kind, found in selection.changes_by_kind(report)
    ]
    return f"Réseau{COLON}{locale.listed(told)}."


def feed(report: DayReport, locale: Locale) -> str | None:
    seen = report.coverage
    if not seen.observed_minutes:
        return None  # coverage has said it
    gap = f"{SEMICOLON}plus long trou {locale.duration(seen.longest_gap_minutes)}"
    share = f", {locale.percent(seen.share)} du temps observé" if seen.share is not None else ""
    return f"Flux{COLON}{_ticks(report, locale)}{share}{gap if selection.has_gap(report) else ''}."


def _ticks(report: DayReport, locale: Locale) -> str:
    seen = report.coverage
    told = [
        f"{locale.count(seen.ticks_observed, 'relevé observé', 'relevés observés')}"
        f" sur {locale.count(seen.ticks_expected, 'attendu', 'attendus')}"
    ]
    words = {
        "frozen": ("figé (le flux se répétait)", "figés (le flux se répétait)"),
        "partial": ("partiel", "partiels"),
        "failed": ("en échec", "en échec"),
        "missing": ("jamais demandé", "jamais demandés"),
        "refused": ("ligne refusée", "lignes refusées"),
    }
    told += [locale.count(count, *words[name]) for name, count in selection.counts_of_faults(report)]
    return ", ".join(told)


def cannot_be_known(report: DayReport, locale: Locale) -> tuple[str, ...]:
    told = [
        "Ces flux ne donnent ni les trajets, ni les trajets par vélo et par jour, ni ce qu'un usager a subi"
        f"{COLON}les mouvements sont une borne basse."
    ]
    if report.coverage.cadence_min:
        every = locale.number(report.coverage.cadence_min)
        told.append(
            f"Un relevé toutes les {every}{FIXED}min{COLON}ce qui dure moins peut échapper,"
            " et les durées sont connues à ce pas près."
        )
    lost = selection.lost_minutes(report)
    if lost:
        told.append(f"Le temps non observé ({locale.duration(lost)}) n'est compté ni pour ni contre.")
    told.append("Les stations hors service ne sont comptées ni vides ni pleines.")
    return tuple(told)


def _against(
    compared: Comparison | None,
    report: DayReport,
    locale: Locale,
    said: Callable[[Baseline, Locale], tuple[str, str]],
) -> list[str]:
    """The change since each baseline there is."""
    told = []
    for name, baseline in selection.baselines(compared):
        change, link = said(baseline, locale)
        median = f"la médiane des {len(baseline.dates)} {locale.weekdays(report.weekday)} précédents"
        against = median if name == "weekday_median" else _NAMES[name]
        told.append(f"{change} {link} {against}{_common(baseline, report, locale)}")
    return told


def _baseline(name: selection.BaselineName, report: DayReport, locale: Locale) -> str:
    return f"la médiane des {locale.weekdays(report.weekday)}" if name == "weekday_median" else _NAMES[name]


def _common(baseline: Baseline, report: DayReport, locale: Locale) -> str:
    """Over how much of the day it is compared, where that is not all that was observed of it."""
    if not selection.is_over_less(baseline, report):
        return ""
    over = locale.duration(baseline.common_minutes)
    return (
        f" (sur {over} observées les deux jours)" if len(baseline.dates) == 1 else f" (sur au moins {over})"
    )


def _share_change(baseline: Baseline, locale: Locale) -> tuple[str, str]:
    if round(100 * baseline.change, 1) == 0:
        return "autant", "que"
    return f"{locale.points(baseline.change)} de {'plus' if baseline.change > 0 else 'moins'}", "que"


def _relative_change(baseline: Baseline, locale: Locale) -> tuple[str, str]:
    share = baseline.change / baseline.value if baseline.value else None
    return (locale.signed_percent(share) if share is not None else locale.signed(baseline.change), "contre")
