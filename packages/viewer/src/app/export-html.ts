import { pageBlob } from "../embed/page-blob.ts";
import type { Store } from "./store.ts";

/** The whole viewer with the samples that are shown, as one HTML file; undefined where there is no profile. */
export async function htmlOf(store: Store, template: () => Promise<string>): Promise<Blob | undefined> {
  const data = store.spec.value;
  const profile = store.profile.value;
  if (data === undefined || profile === undefined) return undefined;
  const { file } = await store.client.call("export", { data, format: "flambeau" });
  return pageBlob(await template(), [{ name: profile.name, file }]);
}
