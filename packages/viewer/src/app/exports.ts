import type { FormatInfo } from "../data/export.ts";
import { htmlOf } from "./export-html.ts";
import type { Store } from "./store.ts";

/** Hands a file to the user. */
export function download(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A file name made of the profile's name: its ending and what file systems refuse taken off. */
function baseName(store: Store): string {
  const name = store.profile.value?.name ?? "profile";
  return (
    name.replace(/\.(?:gz|json|txt|folded|pb|svg|html|cpuprofile)$/gi, "").replace(/[\\/:*?"<>|]/g, "_") ||
    "profile"
  );
}

/** Writes what is shown in one of core's formats; says what the format cannot hold. */
export async function exportAs(store: Store, format: FormatInfo): Promise<void> {
  const data = store.spec.value;
  if (data === undefined) return;
  await guarded(store, `Export as ${format.title}`, async () => {
    const { file, losses } = await store.client.call("export", { data, format: format.id });
    download(file, baseName(store) + format.ending);
    tellLosses(store, format.title, losses);
  });
}

/** This very page with what is shown in it, as one file. */
export async function exportHtml(store: Store): Promise<void> {
  const { pageTemplate } = store;
  if (pageTemplate === undefined) return;
  await guarded(store, "Export as a page", async () => {
    const file = await htmlOf(store, pageTemplate);
    if (file !== undefined) download(file, `${baseName(store)}.html`);
  });
}

/** The graph as an SVG that works on its own. */
export async function exportSvg(store: Store): Promise<void> {
  const data = store.spec.value;
  if (data === undefined) return;
  const { inverted, direction } = store.view.value;
  await guarded(store, "Export as SVG", async () => {
    const { file, losses } = await store.client.call("picture", {
      data,
      inverted,
      icicle: direction === "icicle",
      title: store.profile.value?.name ?? "Flame graph",
      width: 1200,
    });
    download(file, `${baseName(store)}.svg`);
    tellLosses(store, "SVG", losses);
  });
}

/** What is seen of the graph, as a picture. */
export async function exportPng(store: Store): Promise<void> {
  const graph = store.graph.value;
  if (graph === undefined) {
    store.tell(
      "information",
      "No picture",
      "Show the flame graph first: the picture is of what is seen there.",
    );
    return;
  }
  await guarded(store, "Export as PNG", async () => {
    download(await graph.renderTo(), `${baseName(store)}.png`);
  });
}

export async function guarded(store: Store, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    store.fail(`${what} failed`, error as Error);
  }
}

function tellLosses(store: Store, title: string, losses: readonly string[]): void {
  if (losses.length > 0) store.tell("information", `${title} cannot hold everything`, losses.join(" "));
}
