import type { ComponentChildren } from "preact";
import type { Row } from "../../data/contract";
import { columnTitle, messages } from "../../i18n";
import { count } from "../../i18n/format";
import { hrefOf, route, setTableState } from "../../state/route";
import { cellText } from "../tables/DataTable";
import { DownloadMenu } from "../tables/DownloadMenu";

const FIRST_ROWS = 15;

interface FactsProps {
  /** By which the address tells that all of its rows are shown. */
  id: string;
  caption: string;
  columns: string[];
  rows: Row[];
  fileName: string;
  station?: boolean;
  /** The column whose figures are drawn too. */
  bar?: string;
}

/** A table to be read and printed: no tools, the figures at the right. */
export function Facts({ id, caption, columns, rows, fileName, station = false, bar = "" }: FactsProps) {
  const all = route.value.tables[id]?.all ?? false;
  const isNumber = (name: string) => rows.some((row) => typeof row[name] === "number");
  const most = Math.max(1e-9, ...rows.map((row) => Number(row[bar] ?? 0)));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map((name) => (
                <th scope="col" class={isNumber(name) ? "number" : ""}>
                  {columnTitle(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(all ? rows : rows.slice(0, FIRST_ROWS)).map((row) => (
              <tr>
                {columns.map((name) => (
                  <td class={isNumber(name) ? "number" : ""}>
                    {name === bar && (
                      <i
                        class="cell-bar"
                        aria-hidden="true"
                        style={{ width: `${(60 * Number(row[name] ?? 0)) / most}%` }}
                      />
                    )}
                    {station && name === "name" ? (
                      <a href={hrefOf({ page: "map", station: String(row.station_code), day: null })}>
                        {cellText(name, row[name] ?? null)}
                      </a>
                    ) : (
                      cellText(name, row[name] ?? null)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {!all && rows.length > FIRST_ROWS && (
          <button type="button" class="plain" onClick={() => setTableState(id, { all: true })}>
            {messages.value.tables.more} ({count(rows.length)})
          </button>
        )}
      </div>
      <div class="no-print">
        <DownloadMenu
          name={fileName}
          caption={caption}
          rows={() => ({ columns: names, rows })}
          placed={names.includes("station_code") || names.includes("zone_code")}
        />
      </div>
    </>
  );
}

export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="report-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
