import { openProfile } from "./open.ts";
import { Pipeline } from "./pipeline.ts";
import { profileInfo } from "./profile-info.ts";
import type { Method, Params, Result } from "./protocol.ts";
import type { CallContext, Reply } from "./rpc.ts";
import { tableView } from "./views/table.ts";

/** The worker's side of every call. */
export type Handlers = {
  readonly [M in Method]: (params: Params<M>, context: CallContext) => Promise<Reply<Result<M>>>;
};

/** Handlers over one set of open profiles. */
export function createHandlers(): Handlers {
  const pipeline = new Pipeline();
  let lastId = 0;
  return {
    async open({ input, from }, { signal, progress }) {
      const profile = await openProfile(input, { signal, onProgress: progress, from });
      const id = ++lastId;
      pipeline.add(id, profile);
      return plain(profileInfo(id, input.name, profile));
    },
    async close({ profile }) {
      pipeline.remove(profile);
      return plain(null);
    },
    async table(request, { signal }) {
      return tableView(await pipeline.tree(request.data, signal), request);
    },
  };
}

function plain<T>(value: T): Reply<T> {
  return { value, transfer: [] };
}
