import { render } from "preact";
import { App } from "./app";
import { watchForTicks } from "./state/store";
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
render(<App />, document.getElementById("app")!);
watchForTicks();
