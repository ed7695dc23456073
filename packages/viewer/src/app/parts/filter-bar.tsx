import { OWN_CODE_RULES } from "@flambeau/core";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { FilterStep } from "../../data/spec.ts";
import { stepTitle } from "../names.ts";
import type { Store } from "../store.ts";
import type { FilterEntry } from "../view-state.ts";
import { Popover } from "./popover.tsx";

/** The filter stack: applied from left to right; each step can be switched off, moved and removed. */
export function FilterBar({ store }: { readonly store: Store }): JSX.Element {
  const { filters } = store.view.value;
  const change = (row: number, entry: FilterEntry | undefined): void =>
    store.setFilters(filters.flatMap((own, at) => (at !== row ? [own] : entry === undefined ? [] : [entry])));
  const move = (row: number, by: -1 | 1): void => {
    const next = [...filters];
    const [entry] = next.splice(row, 1);
    next.splice(row + by, 0, entry!);
    store.setFilters(next);
  };
  return (
    <div class="filters" role="group" aria-label="Filters">
      <AddFilter store={store} />
      <ol>
        {filters.map((entry, row) => {
          const title = stepTitle(entry.step);
          return (
            <li key={`${row} ${title}`} class={entry.enabled ? "chip" : "chip off"}>
              <label title={entry.enabled ? "Switch off" : "Switch on"}>
                <input
                  type="checkbox"
                  checked={entry.enabled}
                  aria-label={title}
                  onChange={() => change(row, { ...entry, enabled: !entry.enabled })}
                />{" "}
                <span class="ellipsis">{title}</span>
              </label>
              {entry.step.kind === "own-code" && (
                <button
                  type="button"
                  aria-label="Rules of only my code"
                  title="Rules"
                  onClick={() => {
                    store.dialog.value = "rules";
                  }}
                >
                  ⚙
                </button>
              )}
              {row > 0 && (
                <button type="button" aria-label={`${title}: earlier`} onClick={() => move(row, -1)}>
                  ‹
                </button>
              )}
              {row < filters.length - 1 && (
                <button type="button" aria-label={`${title}: later`} onClick={() => move(row, 1)}>
                  ›
                </button>
              )}
              <button type="button" aria-label={`Remove ${title}`} onClick={() => change(row, undefined)}>
                ✕
              </button>
            </li>
          );
        })}
      </ol>
      {filters.length > 1 && (
        <button type="button" onClick={() => store.setFilters([])}>
          Clear
        </button>
      )}
    </div>
  );
}

const KINDS = [
  ["focus", "Focus: only stacks with it"],
  ["ignore", "Ignore stacks with it"],
  ["hide", "Hide the function"],
  ["prune", "Prune what it calls"],
  ["root", "Start stacks at it"],
] as const;

function AddFilter({ store }: { readonly store: Store }): JSX.Element {
  const kind = useSignal<(typeof KINDS)[number][0]>("focus");
  const by = useSignal<"pattern" | "name" | "module" | "file">("pattern");
  const text = useSignal("");
  const simple: readonly (readonly [string, FilterStep])[] = [
    ["Only my code", { kind: "own-code", rules: OWN_CODE_RULES }],
    ["Collapse recursion", { kind: "recursion", mode: "direct" }],
    ["Collapse cycles", { kind: "recursion", mode: "cycles" }],
    ["Collapse libraries", { kind: "library", library: undefined }],
    ["Without inlined functions", { kind: "inlined" }],
  ];
  return (
    <Popover title="Add a filter" label="Add a filter">
      <ul class="choices">
        {simple.map(([title, step]) => (
          <li key={title}>
            <button type="button" onClick={() => store.addFilter(step)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.value === "") return;
          store.addFilter({ kind: kind.value, match: { [by.value]: text.value } });
          text.value = "";
        }}
      >
        <label>
          Step{" "}
          <select
            value={kind.value}
            onChange={(event) => {
              kind.value = event.currentTarget.value as typeof kind.value;
            }}
          >
            {KINDS.map(([id, title]) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          Match{" "}
          <select
            value={by.value}
            onChange={(event) => {
              by.value = event.currentTarget.value as typeof by.value;
            }}
          >
            <option value="pattern">name, regular expression</option>
            <option value="name">name, exactly</option>
            <option value="module">library or its path</option>
            <option value="file">source file</option>
          </select>
        </label>
        <label>
          Text{" "}
          <input
            type="text"
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit">Add</button>
      </form>
    </Popover>
  );
}
