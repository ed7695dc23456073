import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { SourceResult } from "../../data/views/source.ts";
import { percentOf, weight } from "../format.ts";
import { Bar, type Column, Rows } from "../parts/rows.tsx";
import { HeadAlone, Problem, Waiting } from "../parts/state.tsx";
import { sourceLink } from "../settings.ts";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";

const FILE_COLUMNS: readonly Column[] = [
  { id: "self", title: "Self", numeric: true, sortable: false },
  { id: "share", title: "Self %", numeric: true, sortable: false },
  { id: "total", title: "Total", numeric: true, sortable: false },
  { id: "path", title: "File", numeric: false, sortable: false },
];

const LINE_COLUMNS: readonly Column[] = [
  { id: "self", title: "Self", numeric: true, sortable: false },
  { id: "total", title: "Total", numeric: true, sortable: false },
  { id: "line", title: "Line", numeric: true, sortable: false },
  { id: "text", title: "Source", numeric: false, sortable: false },
];

/** Cost by source file, and by line of the chosen one; with its text where the user gave it. */
export function SourceView({ store }: { readonly store: Store }): JSX.Element {
  const { file } = store.view.value;
  const data = store.spec.value;
  const answer = useCall(store, "source", data === undefined ? undefined : { data, file }).value;
  const result = answer.value;
  const hasFiles = store.profile.value?.hasFiles === true;
  return (
    <div class="view source-drop">
      <div class="tools">
        <HeadAlone store={store} />
        <SourcePicker store={store} />
        <label>
          Link to the editor{" "}
          <input
            type="text"
            class="wide"
            value={store.settings.value.sourceLink}
            placeholder="vscode://file/{path}:{line}"
            onChange={(event) => store.set({ sourceLink: event.currentTarget.value })}
          />
        </label>
      </div>
      <Problem error={answer.error} />
      <Waiting pending={answer.pending} empty={result === undefined} />
      {!hasFiles && (
        <p class="empty">The frames of this profile do not say which source files they are from.</p>
      )}
      {result !== undefined && hasFiles && (
        <div class="source">
          <Rows
            label="Source files"
            columns={FILE_COLUMNS}
            length={result.files.length}
            selected={result.files.findIndex(({ path }) => path === file)}
            onSelect={(row) => store.update({ file: result.files[row]!.path }, "replace")}
            cell={(row, column) => fileCell(result, row, column)}
          />
          {file !== undefined && result.lines !== undefined && (
            <Lines store={store} file={file} result={result} lines={result.lines} />
          )}
        </div>
      )}
    </div>
  );
}

/** Where source files come from: the browser's pickers, or a drop on the view. */
function SourcePicker({ store }: { readonly store: Store }): JSX.Element {
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => folder.current!.setAttribute("webkitdirectory", ""), []);
  const take = (event: { currentTarget: HTMLInputElement }): void =>
    store.sources.add(
      [...(event.currentTarget.files ?? [])].map((file) => ({
        path: file.webkitRelativePath || file.name,
        file,
      })),
    );
  return (
    <>
      <label class="button">
        Add source files
        <input type="file" multiple class="hidden" onChange={take} />
      </label>
      <label class="button">
        Add a folder
        <input type="file" ref={folder} multiple class="hidden" onChange={take} />
      </label>
    </>
  );
}

function fileCell({ files, all, unit }: SourceResult, row: number, column: string): JSX.Element | string {
  const { path, self, total } = files[row]!;
  if (column === "self") return weight(self, unit);
  if (column === "total") return weight(total, unit);
  if (column === "share") return <Bar share={self / all}>{percentOf(self, all)}</Bar>;
  return (
    <span class="name" title={path}>
      {path}
    </span>
  );
}

interface LinesProps {
  readonly store: Store;
  readonly file: string;
  readonly result: SourceResult;
  readonly lines: NonNullable<SourceResult["lines"]>;
}

/** Files beyond this many bytes are not shown as text. */
const MAX_TEXT = 20_000_000;

function Lines({ store, file, result, lines }: LinesProps): JSX.Element {
  const text = useSignal<readonly string[] | undefined>(undefined);
  const chosen = useSignal(-1);
  const version = store.sources.version.value;
  useEffect(() => {
    let wanted = true;
    text.value = undefined;
    const found = store.sources.find(file);
    if (found !== undefined && found.size <= MAX_TEXT) {
      void found.text().then((whole) => {
        if (wanted) text.value = whole.split(/\r?\n/);
      });
    }
    return () => {
      wanted = false;
    };
  }, [file, version]);
  const known = new Map(Array.from(lines.line, (line, row) => [line, row]));
  const heaviest = lines.self.reduce((best, own, row) => (own > lines.self[best]! ? row : best), 0);
  useEffect(() => {
    const line = lines.line[heaviest] ?? 0;
    chosen.value = text.value === undefined ? heaviest : Math.max(0, line - 1);
  }, [text.value, lines]);
  const shown = text.value;
  const rowOf = (at: number): number | undefined => (shown === undefined ? at : known.get(at + 1));
  return (
    <div class="lines">
      <p class="muted">
        <strong class="code">{file}</strong>{" "}
        {shown === undefined && "— add the file or its folder to see its text; the lines with samples:"}
      </p>
      <Rows
        label="Source lines"
        columns={LINE_COLUMNS}
        length={shown === undefined ? lines.line.length : shown.length}
        selected={chosen.value}
        onSelect={(row) => {
          chosen.value = row;
        }}
        cell={(at, column) => {
          const row = rowOf(at);
          const line = shown === undefined ? lines.line[at]! : at + 1;
          if (column === "line") return <LineLink store={store} file={file} line={line} />;
          if (column === "text") return <code class="source-text">{shown?.[at] ?? ""}</code>;
          if (row === undefined) return "";
          const value = column === "self" ? lines.self[row]! : lines.total[row]!;
          if (value === 0) return "";
          return <Bar share={value / result.all}>{weight(value, result.unit)}</Bar>;
        }}
      />
    </div>
  );
}

function LineLink({
  store,
  file,
  line,
}: {
  readonly store: Store;
  readonly file: string;
  readonly line: number;
}): JSX.Element {
  if (line === 0) return <span class="muted">?</span>;
  const href = sourceLink(store.settings.value.sourceLink, file, line);
  return href === undefined ? (
    <span>{line}</span>
  ) : (
    <a href={href} title="Open in the editor" tabIndex={-1}>
      {line}
    </a>
  );
}
