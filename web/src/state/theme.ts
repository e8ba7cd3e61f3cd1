import { computed, effect, signal } from "@preact/signals";
import { route } from "./route";

const dark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(dark.matches);
dark.addEventListener("change", () => (systemIsDark.value = dark.matches));

const chosen = computed(() => route.value.theme);

/** The theme on the screen, with the system's choice worked in. Changes only after the document has taken it. */
export const themeShown = signal<"light" | "dark">("light");

export function keepTheme(): void {
  effect(() => {
    const shown = chosen.value === "auto" ? (systemIsDark.value ? "dark" : "light") : chosen.value;
    document.documentElement.dataset.theme = shown;
    themeShown.value = shown;
  });
}
