import { Busboy } from "@fastify/busboy";
import { Refusal } from "../refusal.ts";

/** More parts than any client sends. */
const MAX_PARTS = 16;

/** The parts of a multipart form that is in memory, by name. @throws Refusal 400 */
export function readMultipart(contentType: string, body: Uint8Array): Promise<Map<string, Uint8Array>> {
  return new Promise((resolve, reject) => {
    const parts = new Map<string, Uint8Array>();
    const fail = (why: string): void => {
      reject(new Refusal(400, "bad-form", `the multipart body cannot be read: ${why}`));
    };
    let parser: Busboy;
    try {
      const limits = {
        parts: MAX_PARTS,
        fieldSize: body.length,
        fileSize: Number.POSITIVE_INFINITY,
        fieldNameSize: 200,
      };
      parser = new Busboy({
        headers: { "content-type": contentType },
        limits,
        preservePath: true,
        defCharset: "latin1",
      });
    } catch (error) {
      return fail((error as Error).message);
    }
    parser.on("file", (name, stream) => {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      stream.on("end", () => parts.set(name, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      stream.on("error", (error: Error) => fail(error.message));
    });
    parser.on("field", (name, value) => parts.set(name, Buffer.from(value, "latin1")));
    parser.on("partsLimit", () => fail(`it has more than ${MAX_PARTS} parts`));
    parser.on("error", (error) => fail(error instanceof Error ? error.message : String(error)));
    parser.on("finish", () => resolve(parts));
    parser.end(body);
  });
}
