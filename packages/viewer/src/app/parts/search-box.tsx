import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { percent, weight } from "../format.ts";
import type { Store } from "../store.ts";
import { Popover } from "./popover.tsx";

/** Milliseconds without a key before a search starts: searching ten million frames takes a moment. */
const PAUSE = 150;

/** Search in the graph: text or regular expression, share of the weight, steps, and the hits by weight. */
export function SearchBox({ store }: { readonly store: Store }): JSX.Element {
  const { search, regex } = store.view.value;
  const text = useSignal(search);
  const timer = useRef(0);
  useEffect(() => {
    text.value = search;
  }, [search]);
  const result = store.found.value;
  const graph = store.graph.value;
  const apply = (value: string): void => store.update({ search: value }, "replace");
  return (
    <div class="search" role="search">
      <input
        type="search"
        id="search"
        placeholder="Search (/)"
        aria-label="Search functions"
        value={text.value}
        onInput={(event) => {
          const { value } = event.currentTarget;
          text.value = value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => apply(value), PAUSE) as unknown as number;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            if (text.value !== search) {
              clearTimeout(timer.current);
              apply(text.value);
            } else if (event.shiftKey) graph?.previousHit();
            else graph?.nextHit();
          } else if (event.key === "Escape" && text.value !== "") {
            text.value = "";
            apply("");
            event.stopPropagation();
          }
        }}
      />
      <label title="Regular expression">
        <input
          type="checkbox"
          aria-label="Regular expression"
          checked={regex}
          onChange={(event) => store.update({ regex: event.currentTarget.checked }, "replace")}
        />{" "}
        .*
      </label>
      <output aria-live="polite" class={result?.error === undefined ? "found" : "found problem"}>
        {search === "" || result === undefined
          ? ""
          : result.error !== undefined
            ? "not a regular expression"
            : result.count === 0
              ? "no hits"
              : `${percent(result.shareOfView)}, ${result.functions} functions`}
      </output>
      {search !== "" && (result?.count ?? 0) > 0 && graph !== undefined && (
        <>
          <button
            type="button"
            aria-label="Previous hit"
            title="Previous hit (Shift N)"
            onClick={() => graph.previousHit()}
          >
            ↑
          </button>
          <button type="button" aria-label="Next hit" title="Next hit (N)" onClick={() => graph.nextHit()}>
            ↓
          </button>
          <Popover title="Hits by weight" label="Hits" end>
            <HitList store={store} />
          </Popover>
        </>
      )}
    </div>
  );
}

/** Hits that are listed: the rest is lighter than all of them. */
const LISTED = 200;

function HitList({ store }: { readonly store: Store }): JSX.Element {
  const result = store.found.value;
  const unit = store.graph.value?.graph?.unit ?? "";
  const hits = result?.ranked() ?? [];
  const whole = result === undefined || result.shareOfView === 0 ? 0 : result.weight / result.shareOfView;
  return (
    <>
      <ol class="hits">
        {hits.slice(0, LISTED).map((hit) => (
          <li key={hit.name}>
            <button
              type="button"
              class="link code ellipsis"
              title={hit.text}
              onClick={() => store.select(hit.text)}
            >
              {hit.text}
            </button>
            <span class="amount">
              {whole === 0 ? weight(hit.weight, unit) : percent(hit.weight / whole)} · {hit.count}×
            </span>
          </li>
        ))}
      </ol>
      {hits.length > LISTED && <p class="muted">{hits.length - LISTED} more, lighter ones.</p>}
    </>
  );
}
