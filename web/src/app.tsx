import { useEffect } from "preact/hooks";
import { computed, effect } from "@preact/signals";
import { reload } from "./data/load";
import { words } from "./i18n";
import { Footer, Header } from "./parts/Header";
import { language, route } from "./state/route";
import { index, indexFile, nowFile } from "./state/store";
import { ComparePage } from "./views/ComparePage";
import { DataPage } from "./views/DataPage";
import { InsightsPage } from "./views/InsightsPage";
import { MapPage } from "./views/MapPage";
import { RankingsPage } from "./views/RankingsPage";
import { RebalancingPage } from "./views/RebalancingPage";
import { RhythmPage } from "./views/RhythmPage";

const VIEWS = {
  map: MapPage,
  compare: ComparePage,
  rebalancing: RebalancingPage,
  rankings: RankingsPage,
  rhythm: RhythmPage,
  insights: InsightsPage,
  data: DataPage,
};

/** In place of the page where there is nothing to show, with what to do about it. */
function Nothing({ title, help, detail, command }: { title: string; help?: string; detail?: string; command?: string }) {
  return (
    <section class="nothing" role="alert">
      <h1>{title}</h1>
      {help && <p>{help}</p>}
      {detail && (
        <p class="quiet" lang="en">
          {detail}
        </p>
      )}
      {command && (
        <pre>
          <code>{command}</code>
        </pre>
      )}
      <button type="button" class="accent" onClick={() => void reload(() => true)}>
        {words.value.states.retry}
      </button>
    </section>
  );
}

function Content() {
  const t = words.value.states;
  const about = indexFile.value;
  if (about.state === "absent") return <Nothing title={t.noData} help={t.noDataHelp} command={"velib run\nvelib publish"} />;
  if (about.state === "waiting") return <Nothing title={t.noData} help={t.waiting} detail={[about.message, about.hint].filter(Boolean).join(". ")} command="velib run" />;
  if (about.state === "failed") return <Nothing title={t.failed} help={about.reason} />;
  if (about.state === "loading") return <p class="notice quiet loading">{t.loading}</p>;
  if (about.value.observed_epoch === null) return <Nothing title={t.noNow} command="velib doctor" />;
  const seen = nowFile.value;
  if (seen.state !== "ready" && seen.state !== "loading") return <Nothing title={t.failed} help={seen.state === "failed" ? seen.reason : "data/now.json"} />;
  const View = VIEWS[route.value.page];
  return <View />;
}

/** Written only where it changes: the browser takes longer over a title than the page over a tick. */
const title = computed(() => `${words.value.nav[route.value.page]} · ${index.value?.network_name ?? words.value.product} Insights`);

export function App() {
  const { page } = route.value;
  useEffect(
    () =>
      effect(() => {
        document.documentElement.lang = language.value;
        document.title = title.value;
      }),
    [],
  );
  return (
    <>
      <Header />
      <main id="content" tabIndex={-1} data-page={page}>
        <h1 class="unseen">{words.value.nav[page]}</h1>
        <Content />
      </main>
      <Footer />
    </>
  );
}

