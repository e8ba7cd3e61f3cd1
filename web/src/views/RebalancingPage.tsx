import { useMemo } from "preact/hooks";
import type { Move, RebalancingFile } from "../data/contract";
import { load } from "../data/load";
import { words } from "../i18n";
import { count, distance, momentText } from "../i18n/format";
import { MapView } from "../map/MapView";
import { readPalette } from "../map/palette";
import { sceneAt } from "../map/scenes";
import { Notice } from "../parts/controls";
import { DataTable } from "../parts/DataTable";
import { Legend } from "../parts/Legend";
import { go, route, type Route } from "../state/route";
import { latest, limits, network as networkNow, timezone } from "../state/store";
import { themeShown } from "../state/theme";
import { StationTip } from "./MapPage";

function isTrip(move: Pick<Move, "from_code" | "to_code">, trip: Route["trip"]): boolean {
  return trip !== null && move.from_code === trip.from && move.to_code === trip.to;
}

export function RebalancingPage() {
  const t = words.value.rebalancing;
  const network = networkNow.value;
  const at = latest.value;
  const loaded = load<RebalancingFile>("rebalancing.json").value;
  const plan = loaded.state === "ready" ? loaded.value : null;
  const { trip } = route.value;
  const theme = themeShown.value;
  const scale = useMemo(() => readPalette(document.documentElement).diverging, [theme]);
  const drawn = useMemo(() => network && at && sceneAt(network, at, { measure: "fill", type: "all", condition: null, zone: -1 }, limits.value), [network, at]);
  const scene = useMemo(() => {
    if (!network || !drawn || !plan) return null;
    const moves = plan.moves.flatMap((move) => {
      const [from, to] = [network.byCode.get(move.from_code), network.byCode.get(move.to_code)];
      return from === undefined || to === undefined ? [] : [{ from, to, bikes: move.bikes, chosen: isTrip(move, trip) }];
    });
    return { stationSteps: drawn.stationSteps, zoneSteps: drawn.zoneSteps, scale, zone: -1, counts: null, station: moves.find((move) => move.chosen)?.from ?? -1, moves };
  }, [network, drawn, plan, scale, trip]);
  if (loaded.state === "absent" || loaded.state === "failed") return <Notice kind="bad">{words.value.states.failed}</Notice>;
  if (!network || !at || !plan || !scene) return <Notice>{words.value.states.loading}</Notice>;
  const nameOf = (code: string) => network.stations[network.byCode.get(code) ?? -1]?.name ?? code;
  const zoneNameOf = (code: string) => network.zones[network.stations[network.byCode.get(code) ?? -1]?.zone ?? -1]?.name ?? null;
  const rows = plan.moves.map((move) => ({
    from_code: move.from_code,
    to_code: move.to_code,
    from_name: nameOf(move.from_code),
    from_zone: zoneNameOf(move.from_code),
    to_name: nameOf(move.to_code),
    to_zone: zoneNameOf(move.to_code),
    bikes: move.bikes,
    distance_m: move.distance_m,
  }));
  const zones = new Map<string, { zone_code: string | null; zone_name: string; bikes_to_add: number | null; bikes_to_take: number | null; net_bikes_needed: number | null }>();
  for (const need of plan.need) {
    const name = need.zone_name ?? "–";
    const sum = zones.get(name) ?? { zone_code: need.zone_code, zone_name: name, bikes_to_add: null, bikes_to_take: null, net_bikes_needed: null };
    // A station whose counts are unknown needs nobody knows what: it is left out, and a zone of such stations is unknown.
    if (need.bikes_to_add !== null && need.bikes_to_take !== null) {
      sum.bikes_to_add = (sum.bikes_to_add ?? 0) + need.bikes_to_add;
      sum.bikes_to_take = (sum.bikes_to_take ?? 0) + need.bikes_to_take;
      sum.net_bikes_needed = (sum.net_bikes_needed ?? 0) + need.bikes_to_add - need.bikes_to_take;
    }
    zones.set(name, sum);
  }
  return (
    <section class="page">
      <div class="page-head">
        <h2>{t.title}</h2>
        <p>{t.intro}</p>
        <p class="quiet">{t.onlyNow(momentText(at.epoch, timezone.value))}</p>
      </div>
      <p class="lead">
        <b>{t.total(plan.moves.length, count(plan.moves.reduce((sum, move) => sum + move.bikes, 0)))}</b>
      </p>
      <div class="split">
        <MapView
          network={network}
          scene={scene}
          tip={(pointed) => <StationTip network={network} at={at} station={pointed} />}
          onStation={(station) => go({ station: network.stations[station]!.code, page: "map", at: null }, true)}
          onZone={() => go({ trip: null })}
          without={<Notice>{words.value.map.noWebGl}</Notice>}
        >
          <Legend measure="fill" hasCounts={false} />
        </MapView>
        <div>
          <h3>{t.needs}</h3>
          <DataTable
            id="needs"
            caption={t.needs}
            fileName="rebalancing-zones"
            also={["zone_code"]}
            columns={[{ name: "zone_name" }, { name: "bikes_to_add", title: t.add }, { name: "bikes_to_take", title: t.take }, { name: "net_bikes_needed" }]}
            rows={[...zones.values()]}
            first="-net_bikes_needed"
            page={12}
          />
        </div>
      </div>
      {plan.moves.length === 0 ? (
        <Notice>{t.none}</Notice>
      ) : (
        <DataTable
          id="trips"
          caption={t.title}
          fileName="rebalancing-moves"
          also={["from_code", "to_code"]}
          columns={[
            { name: "from_name", title: t.from },
            { name: "from_zone", title: words.value.zoneLabel },
            { name: "to_name", title: t.to },
            { name: "to_zone", title: words.value.zoneLabel },
            { name: "bikes", title: t.bikes },
            { name: "distance_m", title: t.distance, show: (value) => distance(Number(value)) },
          ]}
          rows={rows}
          first="distance_m"
          opens="from_name"
          onRow={(row) => go({ trip: { from: String(row["from_code"]), to: String(row["to_code"]) } })}
          isChosen={(row) => isTrip({ from_code: String(row["from_code"]), to_code: String(row["to_code"]) }, trip)}
        />
      )}
    </section>
  );
}
