import { unreachableSince } from "../../data/load";
import { messages } from "../../i18n";
import { clockTime, datedMoment, duration, momentText } from "../../i18n/format";
import { clock, index, timezone } from "../../state/store";

export type Freshness = "live" | "late" | "frozen" | "failing" | "imported" | "simulated";

/** Live means observed within two cadences and a minute; the rest is what the publication says of itself. */
export function freshnessOf(): Freshness | null {
  const about = index.value;
  if (!about?.observed_epoch) return null;
  if (about.how !== "live") return about.how;
  if (about.state !== "ok") return about.state;
  return clock.value - about.observed_epoch <= 2 * about.cadence_min * 60 + 60 ? "live" : "late";
}

/** That the server does not answer, since when, and that nobody has to do anything about it. */
export function Unreachable() {
  const since = unreachableSince.value;
  if (since === null) return null;
  return (
    <p class="freshness failing" role="alert">
      <span class="badge">{messages.value.fresh.unreachableWord}</span>
      <span>
        {messages.value.fresh.unreachable(
          (clock.value - since > 43_200 ? momentText : clockTime)(since, timezone.value),
        )}
      </span>
    </p>
  );
}

export function FreshnessLine() {
  const about = index.value;
  const kind = freshnessOf();
  if (!about?.observed_epoch || !kind) return null;
  if (unreachableSince.value !== null) return <Unreachable />;
  const t = messages.value.fresh;
  const time = (kind === "live" ? momentText : datedMoment)(about.observed_epoch, timezone.value);
  const ago = duration((clock.value - about.observed_epoch) / 60);
  const frozenFor = duration(((about.ledger_epoch ?? about.observed_epoch) - about.observed_epoch) / 60);
  const sentence = {
    live: () => t.live(time, ago),
    late: () => t.late(time, ago),
    frozen: () => t.frozen(time, frozenFor),
    failing: () => t.failing(time),
    imported: () => t.imported(time),
    simulated: () => t.simulated(time),
  }[kind]();
  return (
    <p class={`freshness ${kind}`} role="status">
      <span class="badge">{t.words[kind]}</span>
      <span title={sentence}>{sentence}</span>
    </p>
  );
}
