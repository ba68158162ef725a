import baseVariant from "@jitl/quickjs-wasmfile-release-sync";
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core";
import { beforeEach, expect, test, vi } from "vitest";
import { Execution } from "../src/run/workers/quickjs.js";

const quickjs = await newQuickJSWASMModuleFromVariant(baseVariant);
let printed: string;

beforeEach(() => {
  printed = "";
  vi.stubGlobal("postMessage", (message: { type: string; text?: string }) => void (printed += message.text ?? ""));
});

/** Run a program; return its exit code. */
function run(text: string): Promise<number> {
  return new Execution(quickjs, new Uint8Array(), null).run(text, "main.js");
}

test("a program that ends itself in an async function waits for no timer, and prints no more", async () => {
  const main = 'async function main() { console.log("here"); process.exit(3); }';
  expect(await run(`setTimeout(() => console.log("late"), 1e9); ${main} main(); console.log("there");`)).toBe(3);
  expect(printed).toBe("here\n");
});

test("a program that ends itself once it has awaited something waits for no timer", async () => {
  const main = "async function main() { await null; process.exit(3); }";
  expect(await run(`setTimeout(() => console.log("late"), 1e9); ${main} main(); console.log("there");`)).toBe(3);
  expect(printed).toBe("there\n");
});

test("a program can't catch its end", async () => {
  expect(await run('try { process.exit(3); } catch { console.log("caught"); } finally { console.error("on"); }')).toBe(3);
  expect(printed).toBe("");
});
