import type { Store } from "./store.ts";

/** Opens a text as a file of that content would be. */
export function openText(store: Store, text: string): void {
  if (text.trim() === "") return;
  void store.open({ blob: new Blob([text]), name: "pasted text" });
}

/** Takes in files that are dropped or pasted anywhere on the page, and pasted texts. */
export function acceptDrops(store: Store): void {
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files") !== true) return;
    event.preventDefault();
    document.documentElement.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.documentElement.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.documentElement.classList.remove("dropping");
    if (event.dataTransfer === null || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    // Folders can only be asked for now, before the event is over.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
    const files = [...event.dataTransfer.files];
    const asSource = event.target instanceof Element && event.target.closest(".source-drop") !== null;
    if (asSource || entries.some((entry) => entry?.isDirectory === true))
      void addSources(store, entries, files);
    else openFiles(store, files);
  });
  document.addEventListener("paste", (event) => {
    const [target] = event.composedPath();
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) openFiles(store, files);
    else openText(store, event.clipboardData?.getData("text/plain") ?? "");
  });
}

function openFiles(store: Store, files: readonly File[]): void {
  for (const blob of files) void store.open({ blob, name: blob.name });
}

/** Source files that are taken from a dropped folder at most: a home directory must not fill the memory. */
const MAX_FILES = 50_000;

async function addSources(
  store: Store,
  entries: readonly (FileSystemEntry | null)[],
  files: readonly File[],
): Promise<void> {
  const found: { path: string; file: File }[] = files
    .filter((_, i) => entries[i]?.isDirectory !== true)
    .map((file) => ({ path: file.name, file }));
  const pending = entries.filter((entry) => entry?.isDirectory === true) as FileSystemDirectoryEntry[];
  while (pending.length > 0 && found.length < MAX_FILES) {
    const directory = pending.pop()!;
    if (/^(?:\.git|node_modules)$/.test(directory.name)) continue;
    for (const entry of await childrenOf(directory)) {
      if (entry.isDirectory) pending.push(entry as FileSystemDirectoryEntry);
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        found.push({ path: entry.fullPath.slice(1), file });
      }
    }
  }
  store.sources.add(found);
  store.tell("information", "Source files", `${found.length} files can now be shown beside their cost.`);
  if (store.profile.value !== undefined) store.update({ view: "source" });
}

/** A directory hands its entries out in batches, an empty one last. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return all;
    all.push(...batch);
  }
}
