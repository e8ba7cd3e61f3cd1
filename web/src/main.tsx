import { render } from "preact";
import { App } from "./app";
import { watchForTicks } from "./state/store";
import { keepTheme } from "./state/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/print.css";

keepTheme();
render(<App />, document.getElementById("app")!);
watchForTicks();
