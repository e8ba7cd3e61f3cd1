import { CONDITIONS, type BikeType, type Condition } from "../data/measures";
import { words } from "../i18n";
import { go, route } from "../state/route";
import { network } from "../state/store";
import { Choice, Segments } from "./controls";

export function zoneOptions(): [string, string][] {
  const zones = network.value?.zones ?? [];
  return zones
    .map((zone): [string, string] => [zone.code, zone.name])
    .sort((a, b) => Number(b[0] < "75121") - Number(a[0] < "75121") || a[1].localeCompare(b[1], undefined, { numeric: true }));
}

export function Filters() {
  const { type, condition, zone } = route.value;
  const t = words.value;
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
        options={[["", t.anyZone], ...zoneOptions()]}
      />
      {isFiltered && (
        <button type="button" class="plain" aria-label={t.clearFilters} onClick={() => go({ type: "all", condition: null, zone: null })}>
          {t.clear}
        </button>
      )}
    </div>
  );
}
