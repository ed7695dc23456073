import { FlambeauError, type Unpackers } from "@flambeau/core";

type Name = keyof Unpackers;

/** Loads the unpackers, which few profiles need, when one does. */
export const lazyUnpackers: Unpackers = Object.fromEntries(
  (["zip", "zstd", "xz", "lz4", "bzip2"] satisfies Name[]).map((name) => [name, lazily(name)]),
);

function lazily(name: Name): NonNullable<Unpackers["zip"]> {
  return (source, notes, options) => {
    let inner: typeof source | undefined;
    return {
      name: source.name,
      size: undefined,
      async read(target) {
        inner ??= (await unpackerOf(name))(source, notes, options);
        return inner.read(target);
      },
    };
  };
}

async function unpackerOf(name: Name): Promise<NonNullable<Unpackers["zip"]>> {
  const { unpackers } = await import("@flambeau/core/wrappers");
  const unpack = unpackers[name];
  if (unpack !== undefined) return unpack;
  throw new FlambeauError("unsupported", `this page cannot unpack ${name} data`, {
    hint: "It carries only what its own profile needs: unpack the file, or open it in the whole viewer.",
  });
}
