import { type Language, language } from "../state/route";

const LOCALES: Record<Language, string> = { fr: "fr-FR", en: "en-GB" };
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${language.value}${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Intl.NumberFormat(LOCALES[language.value], options));
  return made.get(key) as Intl.NumberFormat;
}

function dates(options: Intl.DateTimeFormatOptions, locale = LOCALES[language.value]): Intl.DateTimeFormat {
  const key = `d${locale}${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(locale, options));
  return made.get(key) as Intl.DateTimeFormat;
}

export const UNKNOWN_MARK = "–";

export function count(value: number | null | undefined): string {
  return value === null || value === undefined || value < 0
    ? UNKNOWN_MARK
    : numbers({ maximumFractionDigits: 0 }).format(value);
}

export function decimal(value: number, digits = 1): string {
  return numbers({ maximumFractionDigits: digits }).format(value);
}

export function signed(value: number, digits = 0): string {
  // A true minus is as wide as the plus and the figures.
  return numbers({ signDisplay: "exceptZero", maximumFractionDigits: digits, minimumFractionDigits: digits })
    .format(value)
    .replace("-", "−");
}

export function percent(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined
    ? UNKNOWN_MARK
    : numbers({ style: "percent", maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
}

export function distance(m: number): string {
  return m < 1000 ? `${count(Math.round(m / 10) * 10)} m` : `${decimal(m / 1000)} km`;
}

/** `2 h 15`, `45 min`: unbroken, and up to two days the same in both languages. */
export function duration(minutes: number): string {
  const whole = Math.round(minutes);
  if (whole < 60) return `${whole}\u00a0min`;
  const hours = Math.floor(whole / 60);
  if (hours < 48) return whole % 60 ? `${hours}\u00a0h\u00a0${String(whole % 60).padStart(2, "0")}` : `${hours}\u00a0h`;
  return language.value === "fr"
    ? `${count(Math.floor(hours / 24))} j ${hours % 24} h`
    : `${count(Math.floor(hours / 24))} d ${hours % 24} h`;
}

export function localDate(epoch: number, timezone: string): string {
  return dates({ timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit" }, "sv-SE").format(epoch * 1000);
}

export function clockTime(epoch: number, timezone: string): string {
  return dates({ timeZone: timezone, hour: "2-digit", minute: "2-digit" }).format(epoch * 1000);
}

export function localHour(epoch: number, timezone: string): number {
  return Number(dates({ timeZone: timezone, hour: "2-digit", hourCycle: "h23" }, "en-GB").format(epoch * 1000));
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T12:00:00Z`).getUTCDay() || 7;
}

export function weekdayName(weekday: number, width: "long" | "short" = "long"): string {
  // 2024-01-01 was a Monday.
  return dates({ timeZone: "UTC", weekday: width }).format(Date.UTC(2024, 0, weekday));
}

export function longDate(date: string): string {
  return dates({ timeZone: "UTC", weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(
    new Date(`${date}T12:00:00Z`),
  );
}

/** Of `2026-03`. */
export function monthName(month: string): string {
  return dates({ timeZone: "UTC", month: "long", year: "numeric" }).format(new Date(`${month}-15T12:00:00Z`));
}

export function shortDate(date: string): string {
  return dates({ timeZone: "UTC", weekday: "short", day: "numeric", month: "short" }).format(
    new Date(`${date}T12:00:00Z`),
  );
}

/** Where there is little room. */
export function dayOfMonth(date: string): string {
  return dates({ timeZone: "UTC", weekday: "short", day: "numeric" }).format(new Date(`${date}T12:00:00Z`));
}

export function momentText(epoch: number, timezone: string): string {
  return dates({
    timeZone: timezone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(epoch * 1000);
}

/** With the year: of data that may be old. */
export function datedMoment(epoch: number, timezone: string): string {
  return dates({
    timeZone: timezone,
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(epoch * 1000);
}

export function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
