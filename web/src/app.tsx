import { computed, effect, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { fetchModule, isReachable, reload, unreachableSince } from "./data/load";
import { messages, viewTitleOf } from "./i18n";
import { longDate } from "./i18n/format";
import { Footer, Header } from "./parts/Header";
import { outagesShown } from "./state/alerts";
import { hrefOf, language, type Page, route } from "./state/route";
import { index, indexFile, network, nowFile } from "./state/store";
import { MapPage } from "./views/MapPage";

/** The map is what most come for; the other pages are fetched when they are asked for, or when there is nothing to do. */
const OTHERS: Record<Exclude<Page, "map">, () => Promise<ComponentType>> = {
  board: async () => (await import("./views/BoardPage")).BoardPage,
  compare: async () => (await import("./views/ComparePage")).ComparePage,
  rebalancing: async () => (await import("./views/RebalancingPage")).RebalancingPage,
  rankings: async () => (await import("./views/RankingsPage")).RankingsPage,
  rhythm: async () => (await import("./views/RhythmPage")).RhythmPage,
  insights: async () => (await import("./views/InsightsPage")).InsightsPage,
  data: async () => (await import("./views/DataPage")).DataPage,
};

type View = { state: "loading" } | { state: "ready"; view: ComponentType } | { state: "failed"; reason: string };

const views = signal<Partial<Record<Page, View>>>({ map: { state: "ready", view: MapPage } });

async function fetchView(page: Page): Promise<void> {
  if (page === "map") return;
  const known = views.peek()[page]?.state;
  if (known === "ready" || known === "loading") return;
  const is = (view: View) => {
    views.value = { ...views.peek(), [page]: view };
  };
  is({ state: "loading" });
  try {
    is({ state: "ready", view: await fetchModule(OTHERS[page]) });
  } catch (error) {
    is({ state: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}

effect(() => void fetchView(route.value.page));
// A view that was wanted while nobody answered is fetched once somebody does.
effect(() => {
  if (unreachableSince.value === null) void fetchView(route.peek().page);
});

/** Brings the other pages in once the first screen stands, so that a click on them need not wait. */
export function fetchOtherViews(): void {
  const pages = Object.keys(OTHERS) as Page[];
  setTimeout(() => void isReachable().then((yes) => yes && pages.forEach((page) => void fetchView(page))), 4000);
}

function retry(): void {
  void fetchView(route.peek().page);
  void reload(() => true);
}

/** In place of the page where there is nothing to show, with what to do about it. */
function Nothing({
  title,
  help,
  detail,
  command,
}: {
  title: string;
  help?: string;
  detail?: string;
  command?: string;
}) {
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
      <button type="button" class="accent" onClick={retry}>
        {messages.value.states.retry}
      </button>
    </section>
  );
}

function Content() {
  const t = messages.value.states;
  const about = indexFile.value;
  if (about.state === "absent")
    return <Nothing title={t.noData} help={t.noDataHelp} command={"velib run\nvelib publish"} />;
  if (about.state === "waiting")
    return (
      <Nothing
        title={t.noData}
        help={t.waiting}
        detail={[about.message, about.hint].filter(Boolean).join(". ")}
        command="velib run"
      />
    );
  if (about.state === "failed" && unreachableSince.value !== null)
    return <Nothing title={t.unreachable} help={t.unreachableHelp} detail={about.reason} />;
  if (about.state === "failed") return <Nothing title={t.failed} help={about.reason} />;
  if (about.state === "loading") return <p class="notice quiet loading">{t.loading}</p>;
  if (about.value.observed_epoch === null) return <Nothing title={t.noNow} command="velib doctor" />;
  const seen = nowFile.value;
  if (seen.state !== "ready" && seen.state !== "loading")
    return <Nothing title={t.failed} help={seen.state === "failed" ? seen.reason : "data/now.json"} />;
  const wanted = views.value[route.value.page];
  if (wanted?.state === "failed") return <Nothing title={t.failed} help={wanted.reason} />;
  if (wanted?.state !== "ready") return <p class="notice quiet loading">{t.loading}</p>;
  const View = wanted.view;
  return <View />;
}

/** What of the page is shown: a station, a zone, a view, a day. */
const shownName = computed(() => {
  const { page, station, zone, table, day } = route.value;
  const known = network.value;
  if (page === "rankings") return table && viewTitleOf(table, table);
  if (page === "insights") return day && longDate(day);
  if (page === "map" && station) return known?.stations[known.byCode.get(station) ?? -1]?.name;
  return zone && known?.zones[known.zoneByCode.get(zone) ?? -1]?.name;
});

/** Written only where it changes: the browser takes longer over a title than the page over a tick. */
const title = computed(() =>
  [
    shownName.value,
    messages.value.nav[route.value.page],
    `${index.value?.network_name ?? messages.value.product} Insights`,
  ]
    .filter(Boolean)
    .join(" · "),
);

export function App() {
  const { page, embed } = route.value;
  useEffect(
    () =>
      effect(() => {
        document.documentElement.lang = language.value;
        document.title = outagesShown.value === null ? title.value : `(${outagesShown.value}) ${title.value}`;
      }),
    [],
  );
  if (embed) {
    return (
      <>
        <main id="content" tabIndex={-1} data-page={page} data-embed={embed}>
          <h1 class="unseen">{title.value}</h1>
          <Content />
        </main>
        <footer class="foot">
          <p>
            {index.value?.attribution[language.value]}{" "}
            <a href={hrefOf({ embed: null })} target="_blank" rel="noopener">
              {messages.value.wholePage}
            </a>
          </p>
        </footer>
      </>
    );
  }
  return (
    <>
      <Header />
      <main id="content" tabIndex={-1} data-page={page}>
        <h1 class="unseen">{messages.value.nav[page]}</h1>
        <Content />
      </main>
      <Footer />
    </>
  );
}
