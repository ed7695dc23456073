import type { Store } from "./store.ts";

/** Opens files that are dropped anywhere on the page. */
export function acceptDrops(store: Store): void {
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    for (const blob of files) void store.open({ blob, name: blob.name });
  });
}
