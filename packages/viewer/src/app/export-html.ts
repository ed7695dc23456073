import type { Store } from "./store.ts";

/** Gives the HTML of this very page without a profile; undefined where the page cannot be had. */
export type PageTemplate = (() => Promise<string>) | undefined;

/** Packs a profile (bytes of the `flambeau` format) into the page's HTML. */
export type Embed = (
  template: string,
  profiles: readonly { name: string; bytes: Uint8Array }[],
) => Promise<string>;

/** The whole viewer with the samples that are shown, as one HTML file. */
export async function exportHtml(
  store: Store,
  template: NonNullable<PageTemplate>,
  embed: Embed,
): Promise<Blob> {
  const data = store.spec.value;
  const profile = store.profile.value;
  if (data === undefined || profile === undefined) throw new Error("There is no profile to export.");
  const { file } = await store.client.call("export", { data, format: "flambeau" });
  const bytes = new Uint8Array(await file.arrayBuffer());
  const html = await embed(await template(), [{ name: profile.name, bytes }]);
  return new Blob([html], { type: "text/html" });
}
