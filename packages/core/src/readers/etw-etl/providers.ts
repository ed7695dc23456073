import { decodeUtf8 } from "../../util/platform.ts";
import { narrowUtf8, type RawEvent } from "./buffers.ts";

/** An EventSource tells its manifest in events of this number. */
export const MANIFEST = 0xfffe;
const MOST_MANIFEST = 1 << 22;

/** Providers that are met everywhere. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ["e13c0d23-ccbc-4e12-931b-d9cc2eee27e4", "Microsoft-Windows-DotNETRuntime"],
  ["a669021c-c450-4609-a035-5af59af4df18", "Microsoft-Windows-DotNETRuntimeRundown"],
  ["22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716", "Microsoft-Windows-Kernel-Process"],
  ["68fdd900-4a3e-11d1-84f4-0000f80464e3", "Windows Kernel"],
  ["b3e675d7-2554-4f18-830b-2762732560de", "Windows Kernel"],
  ["9b79ee91-b5fd-41c0-a243-4248e266e9d0", "Windows Kernel"],
  ["01853a65-418f-4f36-aefc-dc0f1d2fd235", "Windows Kernel"],
  ["2e5dba47-a3d2-4d16-8ee0-6671ffdcd7b5", "System.Threading.Tasks.TplEventSource"],
]);

const CLR = "e13c0d23-ccbc-4e12-931b-d9cc2eee27e4";
/** The .NET runtime's own manifest is not in the trace: its commonest events. Source: ClrEtwAll.man in dotnet/runtime. */
const CLR_EVENTS: readonly (readonly [id: number, name: string])[] = [
  [1, "GC/Start"],
  [2, "GC/Stop"],
  [3, "GC/RestartEEStop"],
  [4, "GC/HeapStats"],
  [5, "GC/CreateSegment"],
  [6, "GC/FreeSegment"],
  [7, "GC/RestartEEStart"],
  [8, "GC/SuspendEEStop"],
  [9, "GC/SuspendEEStart"],
  [10, "GC/AllocationTick"],
  [13, "GC/FinalizersStop"],
  [14, "GC/FinalizersStart"],
  [29, "GC/FinalizeObject"],
  [33, "GC/PinObjectAtGCTime"],
  [35, "GC/Triggered"],
  [80, "Exception/Start"],
  [81, "Contention/Start"],
  [91, "Contention/Stop"],
  [145, "Method/JittingStarted"],
  [143, "Method/LoadVerbose"],
  [187, "Runtime/Start"],
  [202, "GC/MarkWithType"],
  [204, "GC/PerHeapHistory"],
  [205, "GC/GlobalHeapHistory"],
  [208, "GC/LOHCompact"],
  [209, "GC/FitBucketInfo"],
];
/** Kinds of extended items by which events without a manifest (TraceLogging) name themselves. */
const Item = { schema: 11, traits: 12 } as const;

/** Names of providers and of their events, as the manifests within the trace tell them. */
export class Providers {
  readonly #names = new Map<string, string>(KNOWN);
  readonly #events = new Map<string, string>(CLR_EVENTS.map(([id, name]) => [`${CLR}/${id}`, name]));
  readonly #parts = new Map<string, { next: number; text: string }>();

  /** Takes a part of a manifest: format, version, a magic number, how many parts, which one, and XML. */
  manifest(event: RawEvent): void {
    const { payload, provider } = event;
    if (payload.byteLength < 8) return;
    const total = payload.getUint16(4, true);
    const part = payload.getUint16(6, true);
    const bytes = new Uint8Array(payload.buffer, payload.byteOffset + 8, payload.byteLength - 8);
    const known = part === 0 ? { next: 0, text: "" } : this.#parts.get(provider);
    if (known === undefined || known.next !== part || known.text.length > MOST_MANIFEST) return;
    known.next++;
    known.text += decodeUtf8(bytes);
    this.#parts.set(provider, known);
    if (known.next < total) return;
    this.#parts.delete(provider);
    const name = /<provider\s[^>]*?\bname="([^"]*)"/.exec(known.text)?.[1];
    if (name !== undefined) this.#names.set(provider, name);
    for (const [, attributes = ""] of known.text.matchAll(/<event\s([^>]*)>/g)) {
      const value = /\bvalue="(\d+)"/.exec(attributes)?.[1];
      const symbol = /\bsymbol="([^"]*)"/.exec(attributes)?.[1];
      if (value !== undefined && symbol !== undefined)
        this.#events.set(`${provider}/${Number(value)}`, symbol);
    }
  }

  provider({ provider, items }: RawEvent): string {
    const traits = items.find(({ type }) => type === Item.traits)?.data;
    const own = traits === undefined ? "" : narrowUtf8(traits, 2);
    return own !== "" ? own : (this.#names.get(provider) ?? `{${provider}}`);
  }

  event({ provider, id, items }: RawEvent): string {
    const schema = items.find(({ type }) => type === Item.schema)?.data;
    if (schema !== undefined) {
      // A length, then tags of a byte each, of which the last has its highest bit clear.
      let at = 2;
      while (at < schema.byteLength && schema.getUint8(at) > 127) at++;
      const name = narrowUtf8(schema, at + 1);
      if (name !== "") return name;
    }
    return this.#events.get(`${provider}/${id}`) ?? `event ${id}`;
  }
}
