import { OWN_CODE_RULES } from "@flambeau/core";
import { exportHtml, exportPng, exportSvg } from "./exports.ts";
import { copy } from "./frame-actions.ts";
import { VIEW_TITLES } from "./names.ts";
import type { Store } from "./store.ts";
import { VIEWS } from "./view-state.ts";

/** Something that the page can do, in the command palette and by a key. */
export interface Command {
  readonly title: string;
  /** As it is shown; also what {@link keyOf} gives for the key event, unless it names a modifier. */
  readonly keys?: string;
  readonly run: () => void;
}

/** Everything that can be done now. */
export function commandsOf(store: Store): Command[] {
  const general: Command[] = [
    { title: "Open profiles", keys: "o", run: () => document.getElementById("open")?.click() },
    { title: "Commands", keys: "Ctrl k", run: () => openDialog(store, "commands") },
    { title: "Keys and help", keys: "?", run: () => openDialog(store, "help") },
    { title: "Light or dark", keys: "t", run: () => nextTheme(store) },
  ];
  if (store.profile.value === undefined) return general;
  const view = store.view.value;
  const graph = store.graph.value;
  const commands: Command[] = [
    ...VIEWS.map((name, row) => ({
      title: `View: ${VIEW_TITLES[name]}`,
      keys: String(row + 1),
      run: () => store.update({ view: name }),
    })),
    { title: "Search", keys: "/", run: () => document.getElementById("search")?.focus() },
    { title: "Next hit", keys: "n", run: () => graph?.nextHit() },
    { title: "Previous hit", keys: "N", run: () => graph?.previousHit() },
    { title: "Search by regular expression", run: () => store.update({ regex: !view.regex }, "replace") },
    {
      title: "Invert: from leaves to callers",
      keys: "i",
      run: () => store.update({ inverted: !view.inverted, zoom: "" }),
    },
    {
      title: "Turn the graph over (root at top or bottom)",
      keys: "f",
      run: () => store.update({ direction: view.direction === "flame" ? "icicle" : "flame" }),
    },
    { title: "Reset zoom", keys: "0", run: () => graph?.reset() },
    {
      title: "Show the selected function's details",
      keys: "d",
      run: () => store.set({ details: !store.settings.value.details }),
    },
    { title: "Notes of the reader", run: () => openDialog(store, "notes") },
    {
      title: "Filter: only my code",
      run: () => store.addFilter({ kind: "own-code", rules: OWN_CODE_RULES }),
    },
    {
      title: "Filter: collapse recursion",
      run: () => store.addFilter({ kind: "recursion", mode: "direct" }),
    },
    {
      title: "Filter: collapse libraries",
      run: () => store.addFilter({ kind: "library", library: undefined }),
    },
    { title: "Filter: without inlined functions", run: () => store.addFilter({ kind: "inlined" }) },
    { title: "Remove all filters", run: () => store.setFilters([]) },
    { title: "Select all of the time", run: () => store.setRange(undefined) },
    {
      title: "Split: table beside the view",
      keys: "s",
      run: () =>
        store.update({
          split: view.split === undefined ? (view.view === "table" ? "graph" : "table") : undefined,
        }),
    },
    { title: "Threads: merged", run: () => store.update({ threads: "merged" }) },
    { title: "Threads: by name", run: () => store.update({ threads: "names" }) },
    { title: "Threads: each", run: () => store.update({ threads: "each" }) },
    ...(store.pageTemplate === undefined
      ? []
      : [{ title: "Export as HTML, the whole viewer in one file", run: () => void exportHtml(store) }]),
    { title: "Export as SVG", run: () => void exportSvg(store) },
    { title: "Export as PNG", run: () => void exportPng(store) },
    { title: "Copy a link to this view", run: () => copy(store, location.href) },
    ...store.profiles.value.flatMap((profile, row) =>
      row === view.profile
        ? []
        : [
            { title: `Show ${profile.name}`, run: () => store.show(row) },
            { title: `Compare with ${profile.name}`, run: () => store.update({ base: row }) },
          ],
    ),
  ];
  if (view.base !== undefined)
    commands.push({ title: "End the comparison", run: () => store.update({ base: undefined }) });
  if (view.selected !== undefined) {
    const match = { name: view.selected };
    commands.push(
      { title: `Focus on ${view.selected}`, run: () => store.addFilter({ kind: "focus", match }) },
      { title: `Hide ${view.selected}`, run: () => store.addFilter({ kind: "hide", match }) },
      { title: `Prune below ${view.selected}`, run: () => store.addFilter({ kind: "prune", match }) },
    );
  }
  return [...commands, ...general];
}

function openDialog(store: Store, dialog: NonNullable<Store["dialog"]["value"]>): void {
  store.dialog.value = dialog;
}

function nextTheme(store: Store): void {
  const themes = ["auto", "light", "dark"] as const;
  const at = themes.indexOf(store.settings.value.theme);
  const theme = themes[(at + 1) % themes.length]!;
  store.set({ theme });
  store.announcement.value = `Theme: ${theme}`;
}

/** Runs the command of a key, unless somebody is typing. */
export function listenForKeys(store: Store): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || store.dialog.value !== undefined || store.menu.value !== undefined) return;
    const palette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    if (!palette && (event.ctrlKey || event.metaKey || event.altKey || isTyping(event))) return;
    const keys = palette ? "Ctrl k" : event.key;
    const command = commandsOf(store).find((known) => known.keys === keys);
    if (command === undefined) return;
    event.preventDefault();
    command.run();
  });
}

function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
