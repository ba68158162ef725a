/**
 * What the server sends is packed here, once, and not at every request.
 *
 * Beside each file that gains by it lie `.brotli` and `.gzip`, which the server chooses from.  Of
 * the huge ones only `.gzip` is kept, which every browser takes: the wheel carries them.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin, ResolvedConfig } from "vite";

const GAINING = /\.(js|css|html|svg|wasm|tar)$/;
/** Smaller than that a file fits a packet anyway, in bytes. */
const SMALL = 1_024;
/** Larger than that a file is kept packed only, in bytes. */
const HUGE = 4 * 2 ** 20;

/** Brotli's fifth quality is as quick as gzip, and packs better; its best takes minutes. */
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 };
const WAYS = {
  ".gzip": (content: Buffer) => promisify(gzip)(content, { level: 6 }),
  ".brotli": (content: Buffer) => promisify(brotliCompress)(content, { params: BROTLI }),
};
type Way = keyof typeof WAYS;

/** @param cache a folder where what was packed before is found, by its content */
export function packing(cache: string): Plugin {
  let config: ResolvedConfig;
  return {
    name: "packing",
    apply: "build",
    configResolved: (resolved) => void (config = resolved),
    async closeBundle() {
      const folder = join(config.root, config.build.outDir);
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => GAINING.test(name));
      mkdirSync(cache, { recursive: true });
      const used = await Promise.all(files.map((name) => pack(join(folder, name), cache)));
      const kept = new Set(used.flat());
      for (const name of readdirSync(cache)) if (!kept.has(name)) rmSync(join(cache, name));
    },
  };
}

/** @returns what of the cache holds this file */
async function pack(path: string, cache: string): Promise<string[]> {
  const content = readFileSync(path);
  if (content.length < SMALL) return [];
  const digest = createHash("sha256").update(content).digest("hex");
  const ways: Way[] = content.length > HUGE ? [".gzip"] : [".gzip", ".brotli"];
  await Promise.all(
    ways.map(async (way) => {
      const known = join(cache, digest + way);
      if (!existsSync(known)) {
        writeFileSync(`${known}~`, await WAYS[way](content));
        renameSync(`${known}~`, known);
      }
      writeFileSync(path + way, readFileSync(known));
    }),
  );
  if (content.length > HUGE) rmSync(path);
  return ways.map((way) => digest + way);
}
