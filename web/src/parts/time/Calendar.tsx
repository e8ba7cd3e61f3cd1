import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { messages } from "../../i18n";
import { longDate, monthName, percent, shiftDate, weekdayName, weekdayOf } from "../../i18n/format";
import { index } from "../../state/store";

interface Props {
  label: string;
  value: string;
  onChange: (date: string) => void;
  /** How the chosen day is written on the button. */
  show: (date: string) => string;
}

const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];

/** The weeks of a month, Monday first; null outside it. */
function weeksOf(month: string): (string | null)[][] {
  const first = `${month}-01`;
  const days: (string | null)[] = Array.from({ length: weekdayOf(first) - 1 }, () => null);
  for (let day = first; day.startsWith(month); day = shiftDate(day, 1)) days.push(day);
  return Array.from({ length: Math.ceil(days.length / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => days[7 * week + day] ?? null),
  );
}

function monthBeside(month: string, by: 1 | -1): string {
  return by > 0 ? shiftDate(`${month}-28`, 4).slice(0, 7) : shiftDate(`${month}-01`, -1).slice(0, 7);
}

/** A month of days, of which those with data can be chosen; how much of each was observed is said and shown. */
export function Calendar({ label, value, onChange, show }: Props) {
  const [month, setMonth] = useState<string | null>(null);
  const holder = useRef<HTMLDivElement>(null);
  const isOpen = month !== null;
  const close = (isByKey = false) => {
    setMonth(null);
    if (isByKey) holder.current?.querySelector("button")?.focus();
  };
  // At once, so that no key comes before the day that it is meant for has the focus.
  useLayoutEffect(() => {
    if (!isOpen) return;
    holder.current?.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
    const away = ({ target }: Event) => !holder.current?.contains(target as Node) && close();
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isOpen]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the dialog from whatever in it has the focus
    <div
      class="calendar"
      ref={holder}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        close(true);
      }}
    >
      <button
        type="button"
        class="calendar-open"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={`${label}${messages.value.colon} ${show(value)}`}
        title={longDate(value)}
        onClick={() => setMonth(isOpen ? null : value.slice(0, 7))}
      >
        {show(value)}
      </button>
      {isOpen && (
        <Month
          month={month}
          chosen={value}
          label={label}
          onMonth={setMonth}
          onChoose={(date) => {
            close(true);
            onChange(date);
          }}
        />
      )}
    </div>
  );
}

interface MonthProps {
  month: string;
  chosen: string;
  label: string;
  onMonth: (month: string) => void;
  onChoose: (date: string) => void;
}

function Month({ month, chosen, label, onMonth, onChoose }: MonthProps) {
  const t = messages.value.calendar;
  const grid = useRef<HTMLTableElement>(null);
  const days = new Map(index.value?.days.map((entry) => [entry.date, entry]));
  const all = [...days.keys()];
  const [first, last] = [all[0]!, all.at(-1)!];
  /** Where the keys are: one day of a month can be reached by Tab. */
  const [at, setAt] = useState(chosen);
  const here = at.startsWith(month) ? at : (all.find((date) => date.startsWith(month)) ?? "");
  useLayoutEffect(() => grid.current?.querySelector<HTMLElement>(`[data-date="${at}"]`)?.focus(), [at, month]);
  /** The nearest day with data. */
  const goTo = (date: string) => {
    const away = (one: string) => Math.abs(Date.parse(one) - Date.parse(date));
    const nearest = all.reduce((best, one) => (away(one) < away(best) ? one : best), first);
    setAt(nearest);
    onMonth(nearest.slice(0, 7));
  };
  const beside = (by: 1 | -1) => goTo(all[all.indexOf(here) + by] ?? here);
  const byKey: Record<string, () => void> = {
    ArrowLeft: () => beside(-1),
    ArrowRight: () => beside(1),
    ArrowUp: () => goTo(shiftDate(here, -7)),
    ArrowDown: () => goTo(shiftDate(here, 7)),
    Home: () => goTo(first),
    End: () => goTo(last),
    PageUp: () => goTo(`${monthBeside(month, -1)}${here.slice(7)}`),
    PageDown: () => goTo(`${monthBeside(month, 1)}${here.slice(7)}`),
  };
  const turn = (by: 1 | -1, mark: string, name: string) => {
    const to = monthBeside(month, by);
    return (
      <button
        type="button"
        class="step"
        aria-label={name}
        title={name}
        disabled={by < 0 ? to < first.slice(0, 7) : to > last.slice(0, 7)}
        onClick={() => onMonth(to)}
      >
        {mark}
      </button>
    );
  };
  return (
    <div class="calendar-month" role="dialog" aria-label={label}>
      <div class="calendar-head">
        {turn(-1, "‹", t.previous)}
        <b aria-live="polite">{monthName(month)}</b>
        {turn(1, "›", t.next)}
      </div>
      <table
        ref={grid}
        onKeyDown={(event) => {
          const move = byKey[event.key];
          if (!move) return;
          event.preventDefault();
          move();
        }}
      >
        <thead>
          <tr>
            {WEEKDAYS.map((weekday) => (
              <th scope="col" abbr={weekdayName(weekday)}>
                {weekdayName(weekday, "short").slice(0, 2)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month).map((week) => (
            <tr>
              {week.map((date) => {
                const entry = days.get(date ?? "");
                const seen = entry?.coverage ?? null;
                return (
                  <td>
                    {date && (
                      <button
                        type="button"
                        data-date={date}
                        disabled={!entry}
                        tabIndex={date === here ? 0 : -1}
                        aria-pressed={date === chosen}
                        aria-label={`${longDate(date)}${entry ? `, ${t.observed(percent(seen))}` : ""}`}
                        title={entry ? t.observed(percent(seen)) : t.nothing}
                        onClick={() => onChoose(date)}
                      >
                        {Number(date.slice(8))}
                        {entry && <i style={{ width: `${Math.round(80 * (seen ?? 0))}%` }} />}
                      </button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet small">{t.note}</p>
    </div>
  );
}
