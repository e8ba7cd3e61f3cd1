import type { Cell, Row } from "../../data/contract";
import { codeText, columnTitle, messages } from "../../i18n";
import { count, decimal, momentText, percent, UNKNOWN_MARK } from "../../i18n/format";
import { route, setTableState } from "../../state/route";
import { timezone } from "../../state/store";
import { DownloadMenu } from "./DownloadMenu";

export interface ColumnOf {
  name: string;
  title?: string;
  show?: (value: Cell, row: Row) => preact.ComponentChildren;
}

interface Props {
  /** By which the address tells what was done to it. */
  id: string;
  caption: string;
  columns: ColumnOf[];
  rows: Row[];
  fileName: string;
  /** How it is sorted until the reader sorts it: `-outage_minutes` is by that column, downwards. */
  first?: string;
  onRow?: (row: Row) => void;
  isChosen?: (row: Row) => boolean;
  /** The column whose cells open the row. */
  opens?: string;
  page?: number;
  /** Columns that are taken away with the table though it does not show them, such as the code of a name. */
  also?: string[];
}

const CODED = new Set(["reason", "kind", "scope", "change", "zone_kind"]);
const SHARE = /(_rate|_rate_naive|_share|_availability|^occupancy|^coverage|^equity_difference)$/;

/** A cell as people read it: shares in percent, instants in local time. */
export function cellText(name: string, value: Cell): string {
  if (value === null || value === undefined) return UNKNOWN_MARK;
  if (typeof value === "boolean") return value ? messages.value.tables.yes : messages.value.tables.no;
  if (typeof value === "number") {
    if (name.endsWith("_epoch")) return momentText(value, timezone.value);
    if (SHARE.test(name)) return percent(value, 1);
    if (name === "lat" || name === "lon") return value.toFixed(5);
    return Number.isInteger(value) ? (value < 0 ? `−${count(-value)}` : count(value)) : decimal(value, 2);
  }
  if (name.endsWith("_at") && /^\d{4}-.*Z$/.test(value)) return momentText(Date.parse(value) / 1000, timezone.value);
  return CODED.has(name) ? codeText(value) : value;
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** Unknown values stand last, whichever way the rows are sorted. */
export function sorted(rows: Row[], sort: string | null): Row[] {
  if (!sort) return rows;
  const down = sort.startsWith("-");
  const name = down ? sort.slice(1) : sort;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[name] ?? null, other[name] ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return down ? compare(b, a) : compare(a, b);
  });
}

export function DataTable({
  id,
  caption,
  columns,
  rows,
  fileName,
  first,
  onRow,
  isChosen,
  opens,
  page = 100,
  also = [],
}: Props) {
  const { sort = first ?? null, find: wanted = "", all = false } = route.value.tables[id] ?? {};
  const t = messages.value.tables;
  const kept = wanted
    ? rows.filter((row) =>
        columns.some(({ name }) =>
          String(row[name] ?? "")
            .toLowerCase()
            .includes(wanted.toLowerCase()),
        ),
      )
    : rows;
  const ordered = sorted(kept, sort);
  const shown = all ? ordered : ordered.slice(0, page);
  const numeric = new Set(
    columns.filter(({ name }) => rows.some((row) => typeof row[name] === "number")).map(({ name }) => name),
  );
  return (
    <div class="table-block">
      <div class="table-tools">
        <span class="quiet" role="status">
          {t.rows(kept.length)}
        </span>
        <input
          type="search"
          aria-label={t.find}
          placeholder={t.find}
          value={wanted}
          maxLength={100}
          onInput={(event) => setTableState(id, { find: event.currentTarget.value })}
        />
        <span class="these">
          <span class="quiet">
            {t.these}
            {messages.value.colon}
          </span>
          <DownloadMenu
            name={fileName}
            caption={caption}
            rows={() => ({ columns: [...also, ...columns.map(({ name }) => name)], rows: ordered })}
            placed={[...also, ...columns.map(({ name }) => name)].some(
              (name) => name === "station_code" || name === "zone_code",
            )}
          />
        </span>
      </div>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ name, title }) => {
                const way = sort === name ? "ascending" : sort === `-${name}` ? "descending" : "none";
                return (
                  <th scope="col" aria-sort={way} class={numeric.has(name) ? "number" : ""}>
                    <button
                      type="button"
                      title={t.sortBy(title ?? columnTitle(name))}
                      onClick={() =>
                        setTableState(id, {
                          sort: way === "descending" || (way === "none" && !numeric.has(name)) ? name : `-${name}`,
                        })
                      }
                    >
                      {title ?? columnTitle(name)}
                      <i aria-hidden="true">{way === "ascending" ? "▲" : way === "descending" ? "▼" : ""}</i>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr aria-current={isChosen?.(row) ? "true" : undefined}>
                {columns.map(({ name, show }) => {
                  const text = show ? show(row[name] ?? null, row) : cellText(name, row[name] ?? null);
                  return (
                    <td
                      class={
                        numeric.has(name) ? "number" : CODED.has(name) || /(^|_)(at|date)$/.test(name) ? "unbroken" : ""
                      }
                    >
                      {onRow && name === opens ? (
                        <button type="button" class="link" onClick={() => onRow(row)}>
                          {text}
                        </button>
                      ) : (
                        text
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="notice quiet">{t.empty}</p>}
      {shown.length < ordered.length && (
        <button type="button" onClick={() => setTableState(id, { all: true })}>
          {t.more} ({count(ordered.length)})
        </button>
      )}
    </div>
  );
}
