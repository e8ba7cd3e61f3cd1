import { render } from "preact";
import { App, fetchOtherViews } from "./app";
import { mapLibrary } from "./map/library";
import { route } from "./state/route";
import { fetchFirst, firstFiles, listenForTicks, watchForTicks } from "./state/store";
import { keepTheme } from "./state/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/map.css";
import "./styles/charts.css";
import "./styles/panels.css";
import "./styles/tables.css";
import "./styles/controls.css";
import "./styles/report.css";
import "./styles/print.css";

/** How long the page's name stands alone before the page says that it waits for its figures. */
const PATIENCE_MS = 300;

keepTheme();
fetchFirst();
// The largest part of the first screen comes beside the figures, not after them; who misses it asks again.
if (route.peek().page === "map") mapLibrary().catch(() => undefined);
// Drawn once, with its figures: they mostly come together with this script.
await Promise.race([firstFiles(), new Promise((done) => setTimeout(done, PATIENCE_MS))]);
const app = document.getElementById("app")!;
// What stood there until now is a header, which a part in a frame has not.
if (route.peek().embed) app.replaceChildren();
render(<App />, app);
watchForTicks();
listenForTicks();
fetchOtherViews();
