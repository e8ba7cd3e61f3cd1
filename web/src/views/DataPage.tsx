import type { DayFile, Row } from "../data/contract";
import { DAY_COLUMNS, dayRows } from "../data/dayRows";
import { datedName } from "../data/formats/download";
import { load, loaded, loadedValue } from "../data/load";
import { messages } from "../i18n";
import { count, longDate, momentText, percent, shortDate, UNKNOWN_MARK } from "../i18n/format";
import { Choice } from "../parts/controls";
import { DataTable } from "../parts/tables/DataTable";
import { asOf, DownloadMenu, Downloads } from "../parts/tables/DownloadMenu";
import { go, hrefOf, route } from "../state/route";
import { index, network, timezone } from "../state/store";
import { viewTitle } from "./RankingsPage";

function Coverage() {
  const t = messages.value.data;
  const days = index.value!.days;
  return (
    <ol class="coverage" aria-label={t.coverage}>
      {days.map((day) => (
        <li>
          <span>{shortDate(day.date)}</span>
          <span class="stack" aria-hidden="true">
            <i class="c-mechanical" style={{ width: `${100 * (day.coverage ?? 0)}%` }} />
          </span>
          <b>{percent(day.coverage)}</b>
          <small>
            {count(day.observed)} / {count(day.expected)}
          </small>
        </li>
      ))}
    </ol>
  );
}

function ViewTable({ name }: { name: string }) {
  const view = index.value!.views.find((one) => one.name === name);
  const rows = view?.files?.json ? loadedValue(load<Row[]>(view.files.json).value) : null;
  if (!view || !rows || rows.length === 0) return null;
  return (
    <>
      <h3>{viewTitle(view)}</h3>
      <p class="as-of quiet small">{asOf(view)}</p>
      <DataTable
        id={name}
        caption={viewTitle(view)}
        fileName={datedName(name, view.as_of_epoch)}
        columns={Object.keys(rows[0]!)
          .filter((column) => column !== "source")
          .map((column) => ({ name: column }))}
        rows={rows}
        page={31}
      />
    </>
  );
}

async function rowsOf(day: string): Promise<Row[]> {
  const file = await loaded<DayFile>(`days/${day}.json`);
  if (file.state !== "ready" || !network.value) throw new Error(`days/${day}.json`);
  return dayRows(file.value, network.value);
}

/** A day as the lake's table holds it, to be taken away. */
function WholeDay() {
  const t = messages.value.data;
  const days = index.value!.days.map((entry) => entry.date);
  const day = days.find((one) => one === route.value.day) ?? days.at(-1);
  if (!day) return null;
  return (
    <>
      <h3>{t.wholeDay}</h3>
      <p>{t.wholeDayIntro}</p>
      <div class="page-tools whole-day">
        <Choice
          label={messages.value.timeline.day}
          hideLabel
          value={day}
          onChange={(chosen) => go({ day: chosen })}
          options={[...days].reverse().map((one): [string, string] => [one, longDate(one)])}
        />
        <DownloadMenu
          name={`source_velib-${day}`}
          caption={`${t.wholeDay}, ${longDate(day)}`}
          rows={async () => ({ columns: DAY_COLUMNS, rows: await rowsOf(day) })}
        />
      </div>
    </>
  );
}

export function DataPage() {
  const t = messages.value.data;
  const about = index.value!;
  return (
    <section class="page">
      <div class="page-head">
        <h2>{t.title}</h2>
        <p>{t.state[about.state]}</p>
      </div>
      <div class="split even">
        <div>
          <h3>{t.coverage}</h3>
          <Coverage />
        </div>
        <div>
          <h3>{t.unknowable}</h3>
          <ul class="plain-list">
            {t.unknowables.map((one) => (
              <li>{one}</li>
            ))}
          </ul>
          <h3>{t.definitions}</h3>
          <dl class="definitions">
            {t.definitionList.map(([name, meaning]) => (
              <div>
                <dt>{name}</dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </div>
      </div>
      <ViewTable name="kpi_feed_health" />
      <ViewTable name="kpi_refused_rows" />
      <h3>{t.downloads}</h3>
      <p>{t.downloadsIntro}</p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={t.downloads}>
        <table class="files">
          <thead>
            <tr>
              <th scope="col">{t.question}</th>
              <th scope="col" class="number">
                {t.rows}
              </th>
              <th scope="col">{messages.value.tables.asOfColumn}</th>
              <th scope="col">{t.files}</th>
            </tr>
          </thead>
          <tbody>
            {about.views.map((view) => (
              <tr>
                <td>
                  <a href={hrefOf({ page: "rankings", table: view.name })}>{viewTitle(view)}</a>
                  <small>
                    <code>{view.name}</code>
                  </small>
                </td>
                <td class="number">{count(view.rows)}</td>
                <td class="unbroken">
                  {view.as_of_epoch ? momentText(view.as_of_epoch, timezone.value) : UNKNOWN_MARK}
                </td>
                <td>
                  <Downloads view={view} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <WholeDay />
      {about.api && (
        <p>
          {t.apiNote} <a href="api/docs">api/docs</a>, <a href="api/openapi.json">api/openapi.json</a>
        </p>
      )}
    </section>
  );
}
