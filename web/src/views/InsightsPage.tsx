import type { DayReport } from "../data/contract";
import { load } from "../data/load";
import { messages } from "../i18n";
import { longDate } from "../i18n/format";
import { Notice } from "../parts/controls";
import { Report } from "../parts/report/Report";
import { Calendar } from "../parts/time/Calendar";
import { go, route } from "../state/route";
import { index } from "../state/store";

function DayTools({ days, chosen }: { days: string[]; chosen: string }) {
  const t = messages.value.insights;
  const here = days.indexOf(chosen);
  const step = (day: string | undefined, label: string, mark: string) => (
    <button
      type="button"
      class="step"
      disabled={!day}
      aria-label={label}
      title={label}
      onClick={() => day && go({ day }, true)}
    >
      {mark}
    </button>
  );
  return (
    <div class="page-tools no-print">
      <div class="day-picker">
        {step(days[here - 1], messages.value.timeline.previousDay, "‹")}
        <Calendar label={t.day} value={chosen} onChange={(day) => go({ day }, true)} show={longDate} />
        {step(here < 0 ? undefined : days[here + 1], messages.value.timeline.nextDay, "›")}
      </div>
      <button type="button" class="accent" onClick={() => print()}>
        {t.print}
      </button>
      <a href={`data/insights/${chosen}.${route.value.language}.html`}>{t.document}</a>
      <a href={`data/insights/${chosen}.json`} download={`insights-${chosen}.json`}>
        {t.json}
      </a>
    </div>
  );
}

export function InsightsPage() {
  const t = messages.value.insights;
  const days = index.value?.days.map((entry) => entry.date) ?? [];
  const chosen = route.value.day ?? days.at(-1);
  if (!chosen) return <Notice>{t.noneAtAll}</Notice>;
  const loaded = load<DayReport>(`insights/${chosen}.json`).value;
  return (
    <section class="page report-page">
      <DayTools days={days} chosen={chosen} />
      {loaded.state === "loading" && <Notice>{messages.value.states.loading}</Notice>}
      {loaded.state === "absent" && <Notice>{t.none}</Notice>}
      {loaded.state === "failed" && <Notice kind="bad">{messages.value.states.failed}</Notice>}
      {loaded.state === "ready" && <Report report={loaded.value} />}
    </section>
  );
}
