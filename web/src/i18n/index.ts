import { computed } from "@preact/signals";
import { type Language, language } from "../state/route";
import { type Dictionary, en } from "./en";
import { fr } from "./fr";

const DICTIONARIES: Record<Language, Dictionary> = { en, fr };

/** The texts of the page, in the language that is chosen. */
export const messages = computed<Dictionary>(() => DICTIONARIES[language.value]);

function known(among: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(among, name) ? among[name] : undefined;
}

/** The title of a column; a column that the page has not heard of keeps its own name. */
export function columnTitle(name: string): string {
  return known(messages.value.columns, name) ?? name.replaceAll("_", " ");
}

export function viewTitleOf(name: string, otherwise: string): string {
  return known(messages.value.views, name) ?? otherwise;
}

export function codeText(code: string): string {
  return known(messages.value.codes, code) ?? code;
}
