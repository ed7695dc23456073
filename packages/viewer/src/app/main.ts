import { effect } from "@preact/signals";
import { h, render } from "preact";
import "../element/index.ts";
import { DataClient } from "../data/client.ts";
import { App } from "./app.tsx";
import { listenForKeys } from "./commands.ts";
import { followHistory } from "./history.ts";
import { acceptDrops } from "./intake.ts";
import { Store } from "./store.ts";
import { STYLES } from "./styles.ts";

/** Where the page's parts come from; the host page fills it in. */
export interface AppOptions {
  readonly createWorker: () => Worker;
  /** Profiles inside the page (one-file HTML): bytes of any format that core reads, and a name. */
  readonly embedded?: readonly { readonly name: string; readonly bytes: () => Promise<Uint8Array> }[];
  /** Addresses to read on start. `?url=` in the page's own address is read, too. */
  readonly sources?: readonly { readonly name: string; readonly url: string }[];
  /** The HTML of this very page without a profile, for the export of a self-contained file. */
  readonly pageTemplate?: () => Promise<string>;
}

/** Puts the page into `host` and opens what the options and the address name. */
export function startApp(host: HTMLElement, options: AppOptions): void {
  const worker = options.createWorker();
  const client = new DataClient(worker);
  const store = new Store(client);
  store.pageTemplate = options.pageTemplate;
  worker.addEventListener("error", (event) => {
    client.fail(new Error(event.message || "The worker stopped."));
  });
  dress(store);
  followHistory(store);
  render(h(App, { store }), host);
  acceptDrops(store);
  listenForKeys(store);
  void openInitial(store, options);
}

/** Style sheet and theme of the document. */
function dress(store: Store): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  effect(() => {
    document.documentElement.dataset.theme = store.settings.value.theme;
  });
}

async function openInitial(store: Store, { embedded = [], sources = [] }: AppOptions): Promise<void> {
  for (const one of embedded) await openEmbedded(store, one);
  const asked = new URLSearchParams(location.search).getAll("url");
  const named = asked.map((url) => ({ url, name: nameOfUrl(url) }));
  for (const { name, url } of [...sources, ...named]) {
    await store.open({ url: new URL(url, location.href).href, name }, false);
  }
}

type Embedded = NonNullable<AppOptions["embedded"]>[number];

async function openEmbedded(store: Store, { name, bytes }: Embedded): Promise<void> {
  try {
    const { buffer, byteOffset, byteLength } = await bytes();
    const isWhole = byteLength === buffer.byteLength;
    const whole = (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
    await store.open({ buffer: whole, name }, false, [whole]);
  } catch (error) {
    store.fail(`${name} was not opened`, error as Error);
  }
}

function nameOfUrl(url: string): string {
  return decodeURIComponent(new URL(url, location.href).pathname.split("/").pop() ?? "") || url;
}
