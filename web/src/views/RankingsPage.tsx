import type { PublishedView, Row } from "../data/contract";
import { datedName } from "../data/formats/download";
import { load } from "../data/load";
import { messages, viewTitleOf } from "../i18n";
import { Choice, Notice } from "../parts/controls";
import { DataTable } from "../parts/tables/DataTable";
import { asOf, Downloads } from "../parts/tables/DownloadMenu";
import { go, route } from "../state/route";
import { index, network } from "../state/store";

/** What a reader looks for first, in this order; the other columns follow as they are published. */
const LEADING = ["critical_rank", "local_date", "name", "station_code", "zone_name"];
/** Columns that repeat what stands above the table, or that serve machines. */
const QUIET = new Set([
  "source",
  "snapshot_at",
  "snapshot_epoch",
  "station_id",
  "lat",
  "lon",
  "date",
  "hour",
  "zone_code",
  "local_hour",
  "since_epoch",
]);
const FIRST = "kpi_shortage";

export function viewTitle(view: PublishedView): string {
  return viewTitleOf(view.name, view.question);
}

export function RankingsPage() {
  const t = messages.value.tables;
  const views = index.value?.views ?? [];
  const { table } = route.value;
  const view = views.find((one) => one.name === table) ?? views.find((one) => one.name === FIRST) ?? views[0];
  if (!view?.files?.json) return <Notice>{t.empty}</Notice>;
  const loaded = load<Row[]>(view.files.json).value;
  const rows = loaded.state === "ready" ? loaded.value : [];
  const names = Object.keys(rows[0] ?? {});
  // Where a reason is given, the yes and no it was drawn from would only repeat it; the files have them.
  const isRepeated = (name: string) => names.includes("reason") && /^(is_(?!still_out)|lacks_)/.test(name);
  const kept = names.filter(
    (name) => (!QUIET.has(name) && !isRepeated(name)) || (name === "local_hour" && view.name.includes("hour")),
  );
  const place = (name: string) => (LEADING.includes(name) ? LEADING.indexOf(name) : LEADING.length);
  kept.sort((a, b) => place(a) - place(b));
  const openStation = names.includes("station_code");
  return (
    <section class="page">
      <div class="page-head">
        <h2>{viewTitle(view)}</h2>
        <p class="quiet">
          <code>{view.name}</code> · {t.definition}
          {messages.value.colon} {view.grain}
        </p>
        <p class="as-of">{asOf(view)}</p>
        <div class="page-tools">
          <Choice
            label={t.choose}
            value={view.name}
            onChange={(name) => go({ table: name }, true)}
            options={views.map((one): [string, string] => [one.name, viewTitle(one)])}
          />
          <span class="whole-view">
            {t.whole}
            {messages.value.colon} <Downloads view={view} />
          </span>
        </div>
      </div>
      {loaded.state === "loading" && <Notice>{messages.value.states.loading}</Notice>}
      {(loaded.state === "failed" || loaded.state === "absent") && (
        <Notice kind="bad">{messages.value.states.failed}</Notice>
      )}
      {loaded.state === "ready" && (
        <DataTable
          key={view.name}
          id="view"
          caption={viewTitle(view)}
          fileName={datedName(view.name, view.as_of_epoch)}
          columns={kept.map((name) => ({ name }))}
          rows={rows}
          {...(openStation
            ? {
                opens: names.includes("name") ? "name" : "station_code",
                onRow: (row: Row) => {
                  const code = String(row.station_code);
                  if (network.value?.byCode.has(code)) go({ page: "map", station: code, asTable: false }, true);
                },
              }
            : {})}
        />
      )}
    </section>
  );
}
