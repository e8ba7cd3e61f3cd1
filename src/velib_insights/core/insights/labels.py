"""The headings and column names of a report, in both languages."""

from __future__ import annotations

from velib_insights.core.locale import Language

# French, English.
_LABELS = {
    "title": ("Le bilan du jour", "Daily Insights"),
    "happened": ("Ce qui s'est passé", "What happened"),
    "curve": ("Stations inutilisables au fil du jour", "Unusable stations through the day"),
    "against": ("Comparé à", "Compared with"),
    "by_zone": ("Par zone", "By zone"),
    "worst_stations": ("Stations les plus longtemps inutilisables", "Stations unusable the longest"),
    "best_stations": (
        "Toujours un vélo et une place : les plus actives",
        "Always a bike and a dock: the busiest",
    ),
    "chronic_stations": ("Stations chroniquement inutilisables", "Chronically unusable stations"),
    "unknown": ("Ce que les données ne disent pas", "What the data cannot tell"),
    "coverage": ("Couverture", "Coverage"),
    "source": ("Données", "Data"),
    "under_way": ("Incomplète", "Not complete"),
    "network": ("Réseau", "Network"),
    "comparison": ("Comparaison", "Comparison"),
    "moves": ("Mouvements", "Movements"),
    "worst_moment": ("Pire moment", "Worst moment"),
    "zones": ("Zones", "Zones"),
    "equity": ("Équité", "Equity"),
    "stations_worst": ("Le pire", "Worst"),
    "stations_best": ("Le meilleur", "Best"),
    "morning": ("Matin", "Morning"),
    "evening": ("Soir", "Evening"),
    "types": ("Types", "Types"),
    "chronic": ("Chroniques", "Chronic"),
    "recovery": ("Retour", "Recovery"),
    "changes": ("Changements", "Changes"),
    "feed": ("Flux", "Feed"),
    "zone": ("Zone", "Zone"),
    "station": ("Station", "Station"),
    "stations": ("Stations", "Stations"),
    "measure": ("Mesure", "Measure"),
    "day": ("Ce jour", "This day"),
    "day_before": ("Veille", "Day before"),
    "week_before": ("Semaine d'avant", "Week before"),
    "weekday_median": ("Médiane du même jour", "Median of the weekday"),
    "unusable_share": ("Temps inutilisable", "Time unusable"),
    "outage_minutes": ("Minutes inutilisables", "Minutes unusable"),
    "short_minutes": ("Min. sans vélo", "Min without a bike"),
    "no_dock_minutes": ("Min. sans place", "Min without a dock"),
    "bike_availability": ("Vélo disponible", "Bike available"),
    "dock_availability": ("Place disponible", "Dock available"),
    "worst_unusable_stations": ("Stations inutilisables au pire moment", "Unusable stations at worst"),
    "bikes_moved": ("Vélos pris ou rendus, au moins", "Bikes taken or returned, at least"),
    "ebike_share": ("Part d'électriques", "Share of electric bikes"),
    "equity_difference": ("Écart entre zones", "Gap between zones"),
    "morning_net": ("Matin", "Morning"),
    "evening_net": ("Soir", "Evening"),
    "days_failed": ("Jours", "Days"),
    "short_stations": ("Sans vélo", "Without a bike"),
    "no_dock_stations": ("Sans place", "Without a dock"),
    "not_observed": ("Non observé", "Not observed"),
    "not_comparable": ("non comparable", "not comparable"),
    "no_history": ("pas encore d'historique", "no history yet"),
    "of_time": ("du temps", "of the time"),
    "none": ("aucune", "none"),
}
RATIOS = {
    *("unusable_share", "bike_availability", "dock_availability", "ebike_share", "equity_difference"),
}
"""The compared measures that are shares; the others are counts."""


def label(name: str, language: Language) -> str:
    """Raises KeyError for a name without a label."""
    return _LABELS[name][0 if language == "fr" else 1]
