import { HeatMap } from "../charts/HeatMap";
import type { HistoryShard, Row } from "../data/contract";
import { type ProfileCell, ZONE_WEEK_COLUMNS, zoneProfile } from "../data/history";
import { type Loaded, load, loadedValue } from "../data/load";
import { MEASURES, type Measure } from "../data/measures";
import { messages } from "../i18n";
import { datedMoment } from "../i18n/format";
import { Choice, Notice, Segments } from "../parts/controls";
import { zoneOptions } from "../parts/Filters";
import { DownloadMenu } from "../parts/tables/DownloadMenu";
import { PictureButtons } from "../parts/tables/PictureButtons";
import { go, route } from "../state/route";
import { index, timezone, weekPlace } from "../state/store";

/** What the hourly shards of a zone can tell. */
const ZONE_MEASURES: Measure[] = ["fill", "no_bike"];

function profileOf(zone: string | null): Loaded<ProfileCell[]> {
  if (zone === null) return load<ProfileCell[]>("profile.json").value;
  const shard = load<HistoryShard>(`history/${zone}.json`).value;
  return shard.state === "ready" ? { state: "ready", value: zoneProfile(shard.value, weekPlace) } : shard;
}

export function RhythmPage() {
  const t = messages.value.rhythm;
  const { zone } = route.value;
  const measures = zone ? ZONE_MEASURES : MEASURES;
  const measure = measures.find((one) => one === route.value.measure) ?? "fill";
  const loaded = profileOf(zone);
  const days = index.value?.days.length ?? 0;
  const lastHour = zone ? loadedValue(load<HistoryShard>(`history/${zone}.json`).value)?.epochs.at(-1) : undefined;
  const until = zone
    ? lastHour && lastHour + 3600
    : index.value?.views.find((one) => one.name === "kpi_profile_hour_weekday")?.as_of_epoch;
  return (
    <section class="page">
      <div class="page-head">
        <h2>{t.title}</h2>
        <p>{t.intro}</p>
        <div class="page-tools">
          <Segments<Measure>
            label={t.measure}
            value={measure}
            onChange={(chosen) => go({ measure: chosen })}
            options={measures.map((one) => [one, messages.value.measures[one], messages.value.measureHelp[one]])}
          />
          <Choice
            label={t.scope}
            value={zone ?? ""}
            onChange={(code) => go({ zone: code || null })}
            options={[["", t.network], ...zoneOptions.value]}
          />
        </div>
      </div>
      {days < 14 && <Notice>{t.few(days)}</Notice>}
      {loaded.state === "loading" && <Notice>{messages.value.states.loading}</Notice>}
      {loaded.state === "absent" && <Notice>{t.none}</Notice>}
      {loaded.state === "failed" && <Notice kind="bad">{messages.value.states.failed}</Notice>}
      {loaded.state === "ready" && (
        <div
          data-picture={`${(zone && zoneOptions.value.find(([code]) => code === zone)?.[1]) ?? index.value?.network_name}${messages.value.colon} ${t.title.toLowerCase()}, ${messages.value.measures[measure].toLowerCase()}`}
        >
          <HeatMap rows={loaded.value} measure={measure} />
          <DownloadMenu
            name={`rhythm-${zone ?? "network"}`}
            caption={t.title}
            rows={() => ({
              columns: zone ? [...ZONE_WEEK_COLUMNS] : Object.keys(loaded.value[0] ?? {}),
              rows: loaded.value as unknown as Row[],
            })}
          />{" "}
          <PictureButtons name={`rhythm-${zone ?? "network"}`} />
        </div>
      )}
      <p class="quiet">
        {messages.value.measureHelp[measure]}. {zone && t.zoneNote}{" "}
        {until && messages.value.tables.asOf(datedMoment(until, timezone.value))}
      </p>
    </section>
  );
}
