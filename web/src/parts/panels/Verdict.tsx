import type { UsualFile } from "../../data/contract";
import { loadedValue } from "../../data/load";
import { networkTotals, zoneTotals } from "../../data/measures";
import { type Judged, judge, LEAST_DAYS, worstZones } from "../../data/usual";
import { messages } from "../../i18n";
import { clockTime, count, localDate, localHour, signed, weekdayName, weekdayOf } from "../../i18n/format";
import { go, route } from "../../state/route";
import { limits, moment, network as networkNow, timezone, usualFile } from "../../state/store";

const MOST_ZONES = 2;

function Judgement({ judged, text }: { judged: Judged; text: string }) {
  return <b class={`verdict-word ${judged.verdict}`}>{text}</b>;
}

/** The first sentence: how things stand, and whether that is usual at this hour of the week. */
export function VerdictLine() {
  const t = messages.value.verdict;
  const [at, network] = [moment.value, networkNow.value];
  if (!at || !network) return <p class="verdict" aria-busy="true" />;
  const date = localDate(at.epoch, timezone.value);
  const hour = localHour(at.epoch, timezone.value);
  const weekday = weekdayOf(date);
  const loaded = usualFile<UsualFile>(date, ".json");
  const usual = loadedValue(loaded);
  const { zone } = route.value;
  const zones = zoneTotals(network, at, limits.value);
  const place = zone === null ? -1 : (network.zoneByCode.get(zone) ?? -1);
  const totals = place < 0 ? networkTotals(at, limits.value) : zones[place]!;
  const noDock = noDockStations(place);
  const hours = place < 0 ? usual?.network : usual?.zones[zone!];
  const [bikeVerdict, dockVerdict] = [
    judge(totals.no_bike, hours, hour, "no_bike"),
    judge(noDock, hours, hour, "no_dock"),
  ];
  const days = hours?.days[hour] ?? 0;
  const worst = usual && place < 0 ? worstZones(network, zones, usual, hour, MOST_ZONES) : [];
  const known = loaded.state === "ready" || loaded.state === "absent";
  return (
    <p
      class={`verdict ${bikeVerdict?.verdict ?? ""}`}
      data-verdict={bikeVerdict?.verdict ?? (known ? "unknown" : "loading")}
      role="status"
    >
      {t.when(clockTime(at.epoch, timezone.value), weekdayName(weekday))}
      {place >= 0 && ` ${network.zones[place]!.name}${messages.value.colon}`}{" "}
      <span data-verdict-of="no_bike">{t.no_bike(count(totals.no_bike), totals.no_bike ?? 0)}</span>
      {bikeVerdict && (
        <>
          , <Judgement judged={bikeVerdict} text={t.judged[bikeVerdict.verdict]} /> (
          {t.median(count(Math.round(bikeVerdict.median)), bikeVerdict.days, weekdayName(weekday))})
        </>
      )}
      {noDock !== null && (
        <>
          {" · "}
          <span data-verdict-of="no_dock">{t.noDock(count(noDock))}</span>
          {dockVerdict && (
            <>
              , <Judgement judged={dockVerdict} text={t.judged[dockVerdict.verdict]} /> (
              {count(Math.round(dockVerdict.median))})
            </>
          )}
        </>
      )}
      {worst.length > 0 && (
        <span class="verdict-worst">
          {" · "}
          {t.worst}{" "}
          {worst.map(({ zone: one, excess }, i) => (
            <>
              {i > 0 && ", "}
              <button
                type="button"
                class="plain"
                onClick={() => go({ zone: network.zones[one]!.code, station: null }, true)}
              >
                {network.zones[one]!.name}
              </button>{" "}
              {signed(excess * 100)} pt
            </>
          ))}
        </span>
      )}
      {known && !bikeVerdict && totals.no_bike !== null && (
        <span class="quiet"> · {t.tooLittle(days, LEAST_DAYS, weekdayName(weekday))}</span>
      )}
    </p>
  );

  function noDockStations(only: number): number | null {
    let sum: number | null = null;
    for (const station of network!.stations) {
      if ((only >= 0 && station.zone !== only) || at!.state[station.index] !== 0 || at!.docks[station.index]! < 0)
        continue;
      sum = (sum ?? 0) + Number(at!.docks[station.index] === 0);
    }
    return sum;
  }
}
