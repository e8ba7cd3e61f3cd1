import { computed } from "@preact/signals";
import { type BikeType, CONDITIONS, type Condition } from "../data/measures";
import { messages } from "../i18n";
import { go, language, route } from "../state/route";
import { network } from "../state/store";
import { Choice, Segments } from "./controls";

/** Arrondissements first, in the order of their numbers, then the communes. Sorting them at every tick would cost more than the map. */
export const zoneOptions = computed<[string, string][]>(() => {
  const order = new Intl.Collator(language.value, { numeric: true });
  return [...(network.value?.zones ?? [])]
    .sort(
      (a, b) =>
        Number(b.kind === "arrondissement") - Number(a.kind === "arrondissement") || order.compare(a.name, b.name),
    )
    .map((zone) => [zone.code, zone.name]);
});

export function Filters() {
  const { type, condition, zone } = route.value;
  const t = messages.value;
  const isFiltered = type !== "all" || condition !== null || zone !== null;
  return (
    <div class="filters">
      <Segments<BikeType>
        label={t.typeLabel}
        value={type}
        onChange={(chosen) => go({ type: chosen })}
        options={[
          ["all", t.types.all],
          ["mechanical", t.types.mechanical],
          ["ebike", t.types.ebike],
        ]}
      />
      <Choice
        label={t.stateLabel}
        hideLabel
        value={condition ?? ""}
        onChange={(chosen) => go({ condition: (chosen || null) as Condition | null })}
        options={[["", t.anyState], ...CONDITIONS.map((one): [string, string] => [one, t.conditions[one]])]}
      />
      <Choice
        label={t.zoneLabel}
        hideLabel
        value={zone ?? ""}
        onChange={(chosen) => go({ zone: chosen || null, station: null }, true)}
        options={[["", t.anyZone], ...zoneOptions.value]}
      />
      {isFiltered && (
        <button
          type="button"
          class="plain"
          aria-label={t.clearFilters}
          onClick={() => go({ type: "all", condition: null, zone: null })}
        >
          {t.clear}
        </button>
      )}
    </div>
  );
}
