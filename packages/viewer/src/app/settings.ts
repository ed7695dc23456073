import { effect, type Signal, signal } from "@preact/signals";
import type { GraphPalette } from "../element/index.ts";

/** What a person sets once and keeps: not part of a link. */
export interface Settings {
  readonly theme: "auto" | "light" | "dark";
  readonly palette: GraphPalette;
  /** Link to a source line: `{path}` and `{line}` are replaced; empty: no links. */
  readonly sourceLink: string;
  readonly details: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  theme: "auto",
  palette: "warm",
  sourceLink: "vscode://file/{path}:{line}",
  details: true,
};

const KEY = "flambeau";

/** Settings kept in the browser, where it lets us. */
export function createSettings(): Signal<Settings> {
  const settings = signal<Settings>({ ...DEFAULT_SETTINGS, ...stored() });
  effect(() => {
    const text = JSON.stringify(settings.value);
    try {
      localStorage.setItem(KEY, text);
    } catch {
      // Not allowed here (a file, a private window): the settings last as long as the page.
    }
  });
  return settings;
}

function stored(): Partial<Settings> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter(
        ([key, own]) => typeof own === typeof DEFAULT_SETTINGS[key as keyof Settings],
      ),
    );
  } catch {
    return {};
  }
}

/** Schemes that a link to source code may have: nothing that runs in this page. */
const SAFE_LINK = /^(?!javascript:|data:|vbscript:|blob:)[a-z][a-z0-9+.-]*:/i;

/** The address of a source line, or undefined where the template is no link. */
export function sourceLink(template: string, path: string, line: number): string | undefined {
  const clean = path.replace(/^file:\/\//, "");
  const link = template
    .replaceAll("{path}", encodeURI(clean).replaceAll("#", "%23").replaceAll("?", "%3F"))
    .replaceAll("{line}", String(Math.max(1, line)));
  return SAFE_LINK.test(link.trim()) ? link.trim() : undefined;
}
