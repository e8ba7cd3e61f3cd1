import { render } from "preact";
import { App, fetchOtherViews } from "./app";
import { fetchFirst, listenForTicks, watchForTicks } from "./state/store";
import { route } from "./state/route";
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

keepTheme();
fetchFirst();
const app = document.getElementById("app")!;
// What stood there until now is a header, which a part in a frame has not.
if (route.peek().embed) app.replaceChildren();
render(<App />, app);
watchForTicks();
listenForTicks();
fetchOtherViews();
