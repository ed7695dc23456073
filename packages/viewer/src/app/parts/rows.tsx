import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

export interface Column {
  readonly id: string;
  readonly title: string;
  /** Longer, for the tooltip. */
  readonly help?: string;
  readonly numeric: boolean;
  readonly sortable: boolean;
  /** Left out where there is little room. */
  readonly spare?: boolean;
}

export interface RowsProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly length: number;
  readonly cell: (row: number, column: string) => ComponentChildren;
  readonly sort?: { readonly column: string; readonly descending: boolean };
  readonly onSort?: (column: string) => void;
  /** The row that all views point at, or -1. */
  readonly selected: number;
  readonly onSelect: (row: number) => void;
  /** Enter or a double click. */
  readonly onOpen?: (row: number) => void;
  readonly onMenu?: (row: number, x: number, y: number) => void;
}

/** Pixels of a row. */
const ROW = 24;
/** Browsers cannot scroll further than some 16 million pixels: longer tables scroll in larger steps. */
const MAX_HEIGHT = 8_000_000;

/** A table of any length: only the rows that are seen are in the page. Arrow keys move, Enter opens. */
export function Rows(props: RowsProps): JSX.Element {
  const { columns, length, cell, sort, selected } = props;
  const area = useRef<HTMLDivElement>(null);
  const id = useId();
  const top = useSignal(0);
  const room = useSignal(400);
  useEffect(() => {
    const node = area.current!;
    const sizes = new ResizeObserver(() => {
      room.value = node.clientHeight;
    });
    sizes.observe(node);
    return () => sizes.disconnect();
  }, []);

  const height = Math.min(length * ROW, MAX_HEIGHT);
  const scale = length === 0 ? 1 : (length * ROW) / height;
  const visible = Math.ceil(room.value / ROW) + 1;
  const first = Math.max(0, Math.min(Math.floor((top.value * scale) / ROW), length - visible + 1));
  const last = Math.min(length, first + visible + 1);

  const reveal = (row: number): void => {
    const node = area.current!;
    const at = (row * ROW) / scale;
    if (at < node.scrollTop) node.scrollTop = at;
    else if (at + ROW * 2 > node.scrollTop + node.clientHeight)
      node.scrollTop = at + ROW * 2 - node.clientHeight;
  };
  useEffect(() => {
    if (selected >= 0) reveal(selected);
  }, [selected, length]);

  const move = (event: KeyboardEvent): void => {
    const page = Math.max(1, visible - 3);
    const steps: Record<string, number> = {
      ArrowDown: selected + 1,
      ArrowUp: selected - 1,
      PageDown: selected + page,
      PageUp: selected - page,
      Home: 0,
      End: length - 1,
    };
    const target = steps[event.key];
    if (event.key === "Enter" && selected >= 0) props.onOpen?.(selected);
    else if ((event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) && selected >= 0) {
      const { left, top: y } = area.current!.getBoundingClientRect();
      props.onMenu?.(selected, left + 40, y + (selected - first + 1) * ROW);
    } else if (target !== undefined && length > 0) props.onSelect(Math.max(0, Math.min(length - 1, target)));
    else return;
    event.preventDefault();
  };

  const style = { gridTemplateColumns: columns.map(widthOf).join(" ") };
  return (
    <div
      class="rows"
      role="grid"
      aria-label={props.label}
      aria-rowcount={length + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      ref={area}
      aria-activedescendant={selected >= first && selected < last ? `${id}-${selected}` : undefined}
      onScroll={(event) => {
        top.value = event.currentTarget.scrollTop;
      }}
      onKeyDown={move}
    >
      <div class="row head" role="row" aria-rowindex={1} style={style}>
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            class={classOf(column)}
            title={column.help}
            aria-sort={sort?.column !== column.id ? undefined : sort.descending ? "descending" : "ascending"}
          >
            {column.sortable ? (
              <button type="button" onClick={() => props.onSort?.(column.id)}>
                {column.title}
                {sort?.column === column.id && (sort.descending ? " ▾" : " ▴")}
              </button>
            ) : (
              column.title
            )}
          </div>
        ))}
      </div>
      <div class="spacer" role="presentation" style={{ height: `${height}px` }}>
        <div class="window" role="presentation" style={{ top: `${(first * ROW) / scale}px` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, i) => {
            const row = first + i;
            return (
              <div
                key={row}
                id={`${id}-${row}`}
                class={row === selected ? "row selected" : "row"}
                role="row"
                tabIndex={-1}
                aria-rowindex={row + 2}
                aria-selected={row === selected}
                style={style}
                onClick={() => props.onSelect(row)}
                onDblClick={() => props.onOpen?.(row)}
                onContextMenu={(event) => {
                  if (props.onMenu === undefined) return;
                  event.preventDefault();
                  props.onSelect(row);
                  props.onMenu(row, event.clientX, event.clientY);
                }}
              >
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" class={classOf(column)}>
                    {cell(row, column.id)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function classOf({ numeric, spare }: Column): string {
  return `${numeric ? "number" : "text"}${spare === true ? " spare" : ""}`;
}

/** Widths are the style sheet's, by the room that there is. */
function widthOf({ numeric, spare }: Column): string {
  if (!numeric) return "minmax(7em, 1fr)";
  return spare === true ? "var(--spare)" : "var(--number)";
}

/** A weight with its share as a bar behind it. */
export function Bar({
  share,
  children,
}: {
  readonly share: number;
  readonly children: ComponentChildren;
}): JSX.Element {
  const width = `${Math.max(0, Math.min(1, Math.abs(share))) * 100}%`;
  return (
    <span class="bar">
      <span class={share < 0 ? "fill less" : "fill"} style={{ width }} />
      <span class="value">{children}</span>
    </span>
  );
}
