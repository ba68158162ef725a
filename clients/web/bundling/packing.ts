/**
 * Compresses the files that the server sends, once, instead of at every request.
 *
 * Files that gain by it get a `.brotli` and a `.gzip` beside them, and the server chooses. Huge
 * files are kept as `.gzip` only, which every browser accepts, to keep the wheel small.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin, ResolvedConfig } from "vite";

const GAINING = /\.(js|css|html|svg|wasm|tar)$/;
/** Smaller files fit into a packet anyway, in bytes. */
const SMALL = 1_024;
/** Larger files are kept only compressed, in bytes. */
const HUGE = 4 * 2 ** 20;

/** Brotli at quality 5 is as fast as gzip and compresses better; its best quality takes minutes. */
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 };
const WAYS = {
  ".gzip": (content: Buffer) => promisify(gzip)(content, { level: 6 }),
  ".brotli": (content: Buffer) => promisify(brotliCompress)(content, { params: BROTLI }),
};
type Way = keyof typeof WAYS;

/** @param cache a folder with what was compressed before, by the files' contents */
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

/** @returns the files of the cache that hold this file */
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
