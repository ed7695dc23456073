import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { TableResult, TableSort } from "../../data/views/table.ts";
import { textAt } from "../../graph/index.ts";
import { percentOf, relativeChange, signed, weight } from "../format.ts";
import { Bar, type Column, Rows } from "../parts/rows.tsx";
import { Problem, Waiting } from "../parts/state.tsx";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";

const NAME: Column = { id: "name", title: "Function", numeric: false, sortable: true };

const COLUMNS: readonly Column[] = [
  {
    id: "self",
    title: "Self",
    help: "Weight of the samples that end in this function",
    numeric: true,
    sortable: true,
  },
  { id: "self-share", title: "Self %", numeric: true, sortable: false, spare: true },
  {
    id: "total",
    title: "Total",
    help: "With all it calls; once per sample despite recursion",
    numeric: true,
    sortable: true,
  },
  { id: "total-share", title: "Total %", numeric: true, sortable: false, spare: true },
  NAME,
];

/** Columns of a comparison, of self or total weights. */
function changeColumns(by: "self" | "total"): readonly Column[] {
  const what = by === "self" ? "Self" : "Total";
  return [
    { id: `${by}-change`, title: "Change", help: `${what}: head minus base`, numeric: true, sortable: true },
    { id: "relative", title: "Relative", help: "Against the base", numeric: true, sortable: false },
    { id: "base", title: `Base ${by}`, numeric: true, sortable: false, spare: true },
    { id: "head", title: `Head ${by}`, numeric: true, sortable: false, spare: true },
    NAME,
  ];
}

/** All functions: sorted, filtered, of any number. In a comparison the changes, largest first. */
export function TableView({
  store,
  changes,
}: {
  readonly store: Store;
  readonly changes: boolean;
}): JSX.Element {
  const { diff, selected } = store.view.value;
  const by = diff.by;
  const filter = useSignal("");
  const regex = useSignal(false);
  const sort = useSignal<{ column: string; descending: boolean } | undefined>(undefined);
  const shown = sort.value ?? { column: changes ? `${by}-change` : "self", descending: true };
  const data = store.spec.value;
  const compared = changes && store.comparing.value;
  const answer = useCall(
    store,
    "table",
    data === undefined
      ? undefined
      : {
          data,
          sort: shown.column as TableSort,
          descending: shown.descending,
          ...(filter.value === "" ? {} : { filter: { text: filter.value, regex: regex.value } }),
        },
  ).value;
  const table = answer.value;
  const row = selected === undefined || table === undefined ? -1 : rowOf(table, selected);
  const title = changes ? "Changes" : "Functions";
  return (
    <div class="view">
      <div class="tools">
        <input
          type="search"
          placeholder="Filter functions"
          aria-label={`Filter ${title.toLowerCase()}`}
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <label title="Read the filter as a regular expression">
          <input
            type="checkbox"
            checked={regex.value}
            onChange={(event) => {
              regex.value = event.currentTarget.checked;
            }}
          />{" "}
          Regex
        </label>
        {changes && (
          <fieldset class="choice">
            <legend class="hidden">Weights that are compared</legend>
            {(["total", "self"] as const).map((own) => (
              <label key={own}>
                <input
                  type="radio"
                  name="by"
                  checked={by === own}
                  onChange={() => {
                    sort.value = undefined;
                    store.update({ diff: { ...diff, by: own } });
                  }}
                />{" "}
                {own === "self" ? "Self" : "Total"}
              </label>
            ))}
          </fieldset>
        )}
        {table !== undefined && (
          <span class="muted">
            {table.names.length === table.functions
              ? `${table.functions} functions`
              : `${table.names.length} of ${table.functions} functions`}
          </span>
        )}
      </div>
      <Problem error={answer.error} />
      <Waiting pending={answer.pending} empty={table === undefined} />
      {table !== undefined && (
        <Rows
          label={title}
          columns={compared ? changeColumns(by) : COLUMNS}
          length={table.names.length}
          cell={(at, column) => cellOf(table, at, column, by)}
          sort={shown}
          onSort={(column) => {
            sort.value = {
              column,
              descending: shown.column === column ? !shown.descending : column !== "name",
            };
          }}
          selected={row}
          onSelect={(at) => store.select(textAt(table.names, at))}
          onOpen={(at) => store.update({ selected: textAt(table.names, at), view: "sandwich" })}
          onMenu={(at, x, y) => {
            store.menu.value = { x, y, subject: { name: textAt(table.names, at), stack: [], place: "" } };
          }}
        />
      )}
    </div>
  );
}

function rowOf({ names }: TableResult, name: string): number {
  for (let row = 0; row < names.length; row++) if (textAt(names, row) === name) return row;
  return -1;
}

function cellOf(table: TableResult, row: number, column: string, by: "self" | "total"): JSX.Element | string {
  const { all, unit, sides } = table;
  if (column === "name") return <NameCell name={textAt(table.names, row)} mark={markOf(table, row, by)} />;
  if (column === "self" || column === "total") return weight(table[column][row]!, unit);
  if (column === "self-share" || column === "total-share") {
    const part = (column === "self-share" ? table.self : table.total)[row]!;
    return <Bar share={part / all}>{percentOf(part, all)}</Bar>;
  }
  if (sides === undefined) return "";
  const base = sides.base[by][row]!;
  const head = sides.head[by][row]!;
  const largest = Math.max(sides.base.all, sides.head.all);
  if (column === "base") return weight(base, unit);
  if (column === "head") return weight(head, unit);
  if (column === "relative") return relativeChange(base, head);
  return <Bar share={(head - base) / largest}>{signed(weight(head - base, unit), head - base)}</Bar>;
}

/** Says of a function that only one side has it. */
function markOf({ sides }: TableResult, row: number, by: "self" | "total"): "new" | "gone" | undefined {
  if (sides === undefined) return undefined;
  if (sides.base[by][row] === 0 && sides.head[by][row] !== 0) return "new";
  return sides.head[by][row] === 0 && sides.base[by][row] !== 0 ? "gone" : undefined;
}

function NameCell({
  name,
  mark,
}: {
  readonly name: string;
  readonly mark: "new" | "gone" | undefined;
}): JSX.Element {
  return (
    <span class="name" title={name}>
      {mark !== undefined && <span class={`mark ${mark}`}>{mark}</span>}
      {name}
    </span>
  );
}
