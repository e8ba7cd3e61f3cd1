import type { Shading } from "../../data/measures";
import { messages } from "../../i18n";
import { percent, signed } from "../../i18n/format";
import { CHANGE_END, SHARE_END, STEPS, USUAL_END } from "../../map/palette";
import { COUNTS_ZOOM } from "../../map/zooms";
import { fold, folded } from "../../state/folded";
import { route } from "../../state/route";

const STEP_NUMBERS = Array.from({ length: STEPS }, (_, step) => step);

export function Ramp({ scale, from, to }: { scale: string; from: string; to: string }) {
  return (
    <span class="ramp">
      <small>{from}</small>
      <span class="steps" aria-hidden="true">
        {STEP_NUMBERS.map((step) => (
          <i class={`${scale}-${step}`} />
        ))}
      </span>
      <small>{to}</small>
    </span>
  );
}

const SCALES: Record<Shading, string> = {
  fill: "fill",
  no_bike: "no-bike",
  saturated: "full",
  unusable: "unusable",
  usual: "fill",
};

const points = (share: number) => `${signed(100 * share)} pt`;

/** What the colours mean. On the map's own page it folds away. */
export function Legend({ measure, hasCounts = true }: { measure: Shading; hasCounts?: boolean }) {
  const t = messages.value;
  return (
    <details class="legend" open={!folded.value.legend} onToggle={(event) => fold("legend", !event.currentTarget.open)}>
      <summary>{t.map.showLegend}</summary>
      <div>
        <b>{measure === "usual" ? t.map.legendUsual : t.map.legendFill}</b>
        {measure === "usual" ? (
          <Ramp scale="fill" from={points(-USUAL_END.station)} to={points(USUAL_END.station)} />
        ) : (
          <Ramp scale="fill" from={t.map.legendEmpty} to={t.map.legendFull} />
        )}
        <span class="off-key">{t.map.legendOff}</span>
        <span class="size-key">
          <i aria-hidden="true" />
          <i aria-hidden="true" />
          {t.map.legendSize}
        </span>
      </div>
      <div>
        <b>
          {t.map.legendZones}
          {t.colon} {t.measures[measure].toLowerCase()}
        </b>
        {measure === "usual" ? (
          <Ramp scale="fill" from={points(-USUAL_END.zone)} to={points(USUAL_END.zone)} />
        ) : (
          <Ramp scale={SCALES[measure]} from="0 %" to={measure === "fill" ? "100 %" : `≥ ${percent(SHARE_END)}`} />
        )}
      </div>
      {hasCounts && (route.value.camera?.zoom ?? 0) >= COUNTS_ZOOM && (
        <div class="counts-key">
          <b>{t.map.legendCounts}</b>
          <span class="mechanical">{t.map.legendMechanical}</span>
          <span class="ebike">{t.map.legendEbikes}</span>
          <span class="docks">{t.map.legendDocks}</span>
        </div>
      )}
    </details>
  );
}

export function ChangeLegend() {
  const t = messages.value.map;
  return (
    <div class="legend">
      <div>
        <b>{t.legendChange}</b>
        <Ramp scale="fill" from={`−${CHANGE_END}`} to={`+${CHANGE_END}`} />
      </div>
    </div>
  );
}
