import { useEffect, useMemo, useRef } from "preact/hooks";
import type { BoardFile, Cell, Row } from "../data/contract";
import { mostCritical } from "../data/critical";
import { load, loadedValue } from "../data/load";
import { type BikeType, bikesOf } from "../data/measures";
import { type Moment, OPERATIVE, observedUntil } from "../data/moment";
import type { Network } from "../data/network";
import { messages } from "../i18n";
import { count, duration, localDate, momentText, UNKNOWN_MARK } from "../i18n/format";
import { Choice, Notice, Segments } from "../parts/controls";
import { zoneOptions } from "../parts/Filters";
import { VerdictLine } from "../parts/panels/Verdict";
import { type ColumnOf, DataTable } from "../parts/tables/DataTable";
import { beep, hasSound, outagesShown, setSound } from "../state/alerts";
import { go, route } from "../state/route";
import { dayNamed, index, latest, limits, network as networkNow, timezone } from "../state/store";

interface Outage {
  station: number;
  kind: "no_bike" | "no_dock" | "no_mechanical" | "no_ebike";
  /** Null where it is not known since when: of one type of bike only the present is. */
  since: number | null;
  isAtLeast: boolean;
  isNew: boolean;
  isOver: boolean;
}

/** Ongoing outages and those that ended with the latest tick, under the filters. */
function outagesUnder(network: Network, at: Moment, board: BoardFile, zone: string | null, type: BikeType): Outage[] {
  const isWanted = (station: number) =>
    station >= 0 && (zone === null || network.zones[network.stations[station]!.zone]?.code === zone);
  const told = board.outages.flatMap(({ code, kind, since, since_open, is_over }): Outage[] => {
    const station = network.byCode.get(code) ?? -1;
    return isWanted(station)
      ? [{ station, kind, since, isAtLeast: since_open, isNew: since === board.epoch && !since_open, isOver: is_over }]
      : [];
  });
  if (type === "all") return told;
  const counts = bikesOf(at, type);
  const kind = type === "ebike" ? "no_ebike" : "no_mechanical";
  const lacking = network.stations
    .filter(({ index: i }) => isWanted(i) && at.state[i] === OPERATIVE && counts[i] === 0 && at.bikes[i]! > 0)
    .map(
      ({ index: station }): Outage => ({ station, kind, since: null, isAtLeast: false, isNew: false, isOver: false }),
    );
  return [...told, ...lacking];
}

function rowsOf(network: Network, at: Moment, outages: Outage[]): Row[] {
  return outages.map(({ station, kind, since, isAtLeast, isNew }) => {
    const { code, name, zone, capacity } = network.stations[station]!;
    const known = (value: number): Cell => (value < 0 ? null : value);
    return {
      station_code: code,
      name,
      zone_name: network.zones[zone]?.name ?? null,
      kind,
      since_epoch: since,
      minutes: since === null ? null : (at.epoch - since) / 60,
      since_is_open: isAtLeast,
      is_new: isNew,
      bikes: known(at.bikes[station]!),
      docks: known(at.docks[station]!),
      capacity,
    };
  });
}

function Tile({ id, value, title }: { id: string; value: string; title: string }) {
  return (
    <div class="figure" data-figure={id}>
      <h3>{title}</h3>
      <p class="value">{value}</p>
    </div>
  );
}

/** The top ten of two hours, of the zone and the type of bike that are chosen. */
function MostCritical() {
  const t = messages.value;
  const [network, at] = [networkNow.value!, latest.value!];
  const { zone, type } = route.value;
  const wanted = [...new Set([at.epoch - 86_400, at.epoch].map((epoch) => localDate(epoch, timezone.value)))].filter(
    (date) => index.value!.days.some((one) => one.date === date),
  );
  const days = wanted.flatMap((date) => loadedValue(dayNamed(date)) ?? []);
  const place = zone === null ? -1 : (network.zoneByCode.get(zone) ?? -1);
  const rows = useMemo(() => {
    const minutes = (s: number) => Math.floor(s / 60);
    return mostCritical(network, observedUntil(days, at.epoch), at.epoch, place, type, limits.value).map(
      ({ station, outageS, shortS, noDockS, isStillOut }, i): Row => {
        const { code, name, zone: of } = network.stations[station]!;
        return {
          critical_rank: i + 1,
          station_code: code,
          name,
          zone_name: network.zones[of]?.name ?? null,
          outage_minutes: minutes(outageS),
          short_minutes: minutes(shortS),
          no_dock_minutes: minutes(noDockS),
          is_still_out: isStillOut,
        };
      },
    );
  }, [network, at, place, type, days.length, days.at(-1)]);
  if (days.length < wanted.length) return <Notice>{t.states.loading}</Notice>;
  return (
    <>
      <h2>{t.top10.title}</h2>
      <p class="quiet">{t.top10.subtitle}</p>
      <DataTable
        id="critical"
        caption={t.top10.title}
        fileName="most-critical"
        also={["station_code"]}
        columns={[
          "critical_rank",
          "name",
          "zone_name",
          "outage_minutes",
          "short_minutes",
          "no_dock_minutes",
          "is_still_out",
        ].map((name) => ({ name }))}
        rows={rows}
        first="critical_rank"
        opens="name"
        onRow={(row) => go({ page: "map", station: String(row.station_code), at: null }, true)}
      />
    </>
  );
}

/** What a dispatcher keeps open: every ongoing outage with its whole length, and what has changed. */
export function BoardPage() {
  const t = messages.value.board;
  const [network, at] = [networkNow.value, latest.value];
  const loaded = load<BoardFile>("board.json").value;
  const { zone, type } = route.value;
  const board = loaded.state === "ready" ? loaded.value : null;
  const screen = useRef<HTMLElement>(null);
  const isTold = network && at && board && board.epoch === at.epoch;
  const outages = isTold ? outagesUnder(network, at, board, zone, type) : null;
  const going = outages?.filter((one) => !one.isOver) ?? [];
  const ended = outages?.filter((one) => one.isOver) ?? [];
  const fresh = going.filter((one) => one.isNew).length;
  const heard = useRef<number | null>(null);
  useEffect(() => {
    if (!isTold) return;
    if (heard.current !== null && heard.current !== at.epoch && fresh > 0 && hasSound.peek()) beep();
    heard.current = at.epoch;
  }, [isTold && at.epoch, fresh]);
  useEffect(() => {
    outagesShown.value = isTold ? going.length : null;
  }, [isTold, going.length]);
  useEffect(
    () => () => {
      outagesShown.value = null;
    },
    [],
  );
  if (loaded.state === "absent" || loaded.state === "failed")
    return <Notice kind="bad">{messages.value.states.failed}</Notice>;
  if (!network || !at || !isTold) return <Notice>{messages.value.states.loading}</Notice>;
  const longest = Math.max(...going.map(({ since }) => (since === null ? 0 : (at.epoch - since) / 60)), 0);
  const length: ColumnOf = {
    name: "minutes",
    title: t.length,
    show: (value, row) => (
      <>
        {value === null ? UNKNOWN_MARK : `${row.since_is_open ? `${t.atLeast} ` : ""}${duration(Number(value))}`}
        {row.is_new && <b class="new-mark"> {t.isNew}</b>}
      </>
    ),
  };
  const about: ColumnOf[] = [
    { name: "name", title: t.station },
    { name: "zone_name", title: messages.value.zoneLabel },
    {
      name: "kind",
      title: t.kind,
      show: (value) => <span class={`kind ${String(value)}`}>{t.kinds[value as Outage["kind"]]}</span>,
    },
    { name: "since_epoch", title: t.since },
    length,
  ];
  return (
    <section class="page board" ref={screen}>
      <VerdictLine />
      <div class="board-bar">
        <div class="filters">
          <Segments<BikeType>
            label={messages.value.typeLabel}
            value={type}
            onChange={(chosen) => go({ type: chosen }, true)}
            options={(["all", "mechanical", "ebike"] as const).map((one) => [one, messages.value.types[one]])}
          />
          <Choice
            label={messages.value.zoneLabel}
            hideLabel
            value={zone ?? ""}
            onChange={(chosen) => go({ zone: chosen || null }, true)}
            options={[["", messages.value.anyZone], ...zoneOptions.value]}
          />
        </div>
        <span class="quiet" data-board-epoch={at.epoch}>
          {messages.value.tables.asOf(momentText(at.epoch, timezone.value))}
        </span>
        <span class="board-tools">
          <button type="button" aria-pressed={hasSound.value} onClick={() => setSound(!hasSound.value)}>
            {t.sound}
          </button>
          {document.fullscreenEnabled && (
            <button
              type="button"
              onClick={() =>
                void (document.fullscreenElement ? document.exitFullscreen() : screen.current?.requestFullscreen())
              }
            >
              {t.fullScreen}
            </button>
          )}
        </span>
      </div>
      <div class="tiles">
        <Tile id="going" value={count(going.length)} title={t.going} />
        <Tile
          id="no_bike"
          value={count(going.filter((one) => one.kind === "no_bike").length)}
          title={t.kinds.no_bike}
        />
        <Tile
          id="no_dock"
          value={count(going.filter((one) => one.kind === "no_dock").length)}
          title={t.kinds.no_dock}
        />
        <Tile id="new" value={count(fresh)} title={t.fresh} />
        <Tile id="ended" value={count(ended.length)} title={t.ended} />
        <Tile id="longest" value={longest ? duration(longest) : UNKNOWN_MARK} title={t.longest} />
      </div>
      <h2>{t.going}</h2>
      {going.length === 0 ? (
        <Notice>{t.none}</Notice>
      ) : (
        <DataTable
          id="board"
          caption={t.going}
          fileName="outages-now"
          also={["station_code"]}
          columns={[...about, { name: "bikes" }, { name: "docks" }, { name: "capacity" }]}
          rows={rowsOf(network, at, going)}
          first="-minutes"
          opens="name"
          onRow={(row) => go({ page: "map", station: String(row.station_code), at: null }, true)}
        />
      )}
      <MostCritical />
      <h2>{t.ended}</h2>
      {ended.length === 0 ? (
        <Notice>{t.noneEnded}</Notice>
      ) : (
        <DataTable
          id="ended"
          caption={t.ended}
          fileName="outages-ended"
          also={["station_code"]}
          columns={about}
          rows={rowsOf(network, at, ended)}
          first="-minutes"
          page={20}
        />
      )}
    </section>
  );
}
