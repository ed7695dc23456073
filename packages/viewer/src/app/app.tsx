import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import type { TableResult } from "../data/views/table.ts";
import { textAt } from "../graph/index.ts";
import type { Store } from "./store.ts";

/** The whole page. */
export function App({ store }: { readonly store: Store }): JSX.Element {
  const table = useSignal<TableResult | undefined>(undefined);
  useSignalEffect(() => {
    const data = store.spec.value;
    if (data === undefined) return;
    const controller = new AbortController();
    store.client
      .call("table", { data, sort: "self", descending: true }, { signal: controller.signal })
      .then((result) => {
        table.value = result;
      })
      .catch(() => undefined);
    return () => controller.abort();
  });
  const shown = table.value;
  return (
    <main>
      <label>
        Open a profile{" "}
        <input
          type="file"
          multiple
          onChange={(event) => {
            for (const blob of event.currentTarget.files ?? []) void store.open({ blob, name: blob.name });
          }}
        />
      </label>
      <h1>{store.profile.value?.name ?? "Flambeau"}</h1>
      {shown !== undefined && (
        <ol>
          {Array.from({ length: Math.min(shown.names.length, 100) }, (_, row) => (
            <li key={row}>
              {textAt(shown.names, row)} {shown.self[row]} {shown.total[row]}
            </li>
          ))}
        </ol>
      )}
    </main>
  );
}
