import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { FormatInfo } from "../../data/export.ts";
import { exportAs, exportHtml, exportPng, exportSvg } from "../exports.ts";
import { copy } from "../frame-actions.ts";
import type { Store } from "../store.ts";
import { Popover } from "./popover.tsx";

/** Everything that can be taken away from the page. */
export function ExportMenu({ store }: { readonly store: Store }): JSX.Element {
  return (
    <Popover title="Export" label="Export" end>
      <Choices store={store} />
    </Popover>
  );
}

function Choices({ store }: { readonly store: Store }): JSX.Element {
  const formats = useSignal<readonly FormatInfo[]>([]);
  useEffect(() => {
    void store.client.call("formats", null).then(({ writers }) => {
      formats.value = writers;
    });
  }, []);
  return (
    <>
      <p class="muted">What is shown: the selection, after the filters.</p>
      <ul class="choices">
        {store.pageTemplate !== undefined && (
          <li>
            <button type="button" onClick={() => void exportHtml(store)}>
              HTML, the whole viewer in one file
            </button>
          </li>
        )}
        <li>
          <button type="button" onClick={() => void exportSvg(store)}>
            SVG, interactive on its own
          </button>
        </li>
        <li>
          <button type="button" onClick={() => void exportPng(store)}>
            PNG of what is seen
          </button>
        </li>
        {formats.value.map((format) => (
          <li key={format.id}>
            <button type="button" onClick={() => void exportAs(store, format)}>
              {format.title}
            </button>
          </li>
        ))}
        <li>
          <button type="button" onClick={() => copy(store, location.href)}>
            Copy a link to this view
          </button>
        </li>
      </ul>
    </>
  );
}
