import { sourceLink } from "./settings.ts";
import type { Store } from "./store.ts";

/** A frame that something can be done with. */
export interface FrameSubject {
  readonly name: string;
  /** Callers from the outermost on, the frame itself last; empty where only the function is known. */
  readonly stack: readonly string[];
  /** `file:line`, `file` or empty. */
  readonly place: string;
  /** Zooms to the frame, where it is drawn. */
  readonly zoom?: () => void;
}

export interface Action {
  readonly title: string;
  readonly run: () => void;
  /** A link instead of something to run. */
  readonly href?: string;
}

/** What can be done with a frame: the entries of its menu. */
export function frameActions(store: Store, subject: FrameSubject, library: string | undefined): Action[] {
  const { name, stack, place, zoom } = subject;
  const match = { name };
  const actions: Action[] = [];
  if (zoom !== undefined) actions.push({ title: "Zoom here", run: zoom });
  actions.push(
    {
      title: "Callers and callees (sandwich)",
      run: () => store.update({ selected: name, view: "sandwich" }),
    },
    { title: "Focus: only stacks with this function", run: () => store.addFilter({ kind: "focus", match }) },
    { title: "Start stacks at this function", run: () => store.addFilter({ kind: "root", match }) },
    { title: "Ignore stacks with this function", run: () => store.addFilter({ kind: "ignore", match }) },
    { title: "Hide this function", run: () => store.addFilter({ kind: "hide", match }) },
    { title: "Prune what this function calls", run: () => store.addFilter({ kind: "prune", match }) },
  );
  if (library !== undefined) {
    actions.push({
      title: `Collapse ${library}`,
      run: () => store.addFilter({ kind: "library", library }),
    });
  }
  actions.push({
    title: "Search for this name",
    run: () => store.update({ search: name, regex: false }, "replace"),
  });
  actions.push({ title: "Copy name", run: () => copy(store, name) });
  if (stack.length > 0) actions.push({ title: "Copy stack", run: () => copy(store, stack.join("\n")) });
  const { file, line } = splitPlace(place);
  if (file !== "") {
    actions.push({ title: "Show source", run: () => store.update({ view: "source", file, selected: name }) });
    const href = sourceLink(store.settings.value.sourceLink, file, line);
    if (href !== undefined) actions.push({ title: "Open in the editor", run: () => undefined, href });
  }
  return actions;
}

/** `file:line` in its parts; the line is 0 where there is none. */
export function splitPlace(place: string): { file: string; line: number } {
  const [, file = place, line = "0"] = /^(.*):(\d+)$/s.exec(place) ?? [];
  return { file, line: Number(line) };
}

/** Puts a text on the clipboard, or says that it could not. */
export function copy(store: Store, text: string): void {
  const told = (): void => {
    store.announcement.value = "Copied";
  };
  const failed = (): void => store.tell("error", "Not copied", "The browser does not let this page copy.");
  if (navigator.clipboard === undefined) failed();
  else navigator.clipboard.writeText(text).then(told, failed);
}
