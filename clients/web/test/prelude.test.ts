import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";

const PRELUDE = readFileSync(new URL("../src/run/workers/prelude.js", import.meta.url), "utf8");

/** Run a script where the prelude was; return what it printed. */
function run(script: string, input: string[] = []): string {
  let printed = "";
  const host = {
    print: (text: string) => void (printed += text),
    complain: (text: string) => void (printed += `! ${text}`),
    readLine: () => input.shift() ?? null,
    readRest: () => input.splice(0).join("\n"),
    exit: (code: number) => void (printed += `exit ${code}`),
  };
  const world = createContext({});
  const prelude = runInContext(PRELUDE, world)(host);
  runInContext(script, world);
  while (prelude.untilNextTimer() >= 0) prelude.runTimer();
  return printed;
}

test.each([
  ["'a', 1, null, undefined, -0, 2n, true", "a 1 null undefined -0 2n true\n"],
  ["['a', [1, [2, [3, [4, [5]]]]]]", '[ "a", [ 1, [ 2, [ 3, [Array] ] ] ] ]\n'],
  ["{a: {b: 'c'}, 'd-e': () => 1, [Symbol('s')]: class A {}}", '{ a: { b: "c" }, "d-e": [Function: d-e], [Symbol(s)]: [class: A] }\n'],
  ["new Map([[1, {a: 2}]]), new Set(['x'])", 'Map(1) { 1 => { a: 2 } } Set(1) { "x" }\n'],
  ["new Uint8Array([1, 2]), /x/g, new Date(0)", "Uint8Array(2) [ 1, 2 ] /x/g 1970-01-01T00:00:00.000Z\n"],
  ["Object.create(null), new (class Point { x = 1 })()", "[Object: null prototype] {} Point { x: 1 }\n"],
  ["'%s is %d%%', 'half', '50', 'so'", "half is 50% so\n"],
  ["'100%'", "100%\n"],
  ["Array(101).fill(1)", `[\n${"  1,\n".repeat(100)}  ... 1 more\n]\n`],
])("console.log(%s)", (values, printed) => {
  expect(run(`console.log(${values})`)).toBe(printed);
});

test("what holds itself is shown once", () => {
  expect(run("const a = { b: [] }; a.b.push(a); console.log(a)")).toBe("{ b: [ [Circular] ] }\n");
});

test("errors go where errors go, and groups are indented", () => {
  expect(run("console.group('one'); console.warn('two'); console.groupEnd(); console.error('three')")).toBe(
    "one\n!   two\n! three\n",
  );
});

test("input is read line by line, or whole", () => {
  expect(run("print(readline()); print(require('fs').readFileSync(0, 'utf8')); print(readline())", ["a", "b", "c"])).toBe(
    "a\nb\nc\nnull\n",
  );
});

test("timers run in the order in which they are due, and can be taken back", () => {
  const script = `
    setTimeout(() => print("third"), 2);
    setTimeout((word) => print(word), 1, "second");
    const never = setTimeout(() => print("never"), 1);
    setImmediate(() => print("first"));
    clearTimeout(never);
    let turns = 0;
    const every = setInterval(() => { if (++turns === 3) { clearInterval(every); print("three turns"); } }, 5);
  `;
  expect(run(script)).toBe("first\nsecond\nthird\nthree turns\n");
});

test("a program can end with a code, and finds no other modules", () => {
  expect(run("process.exit(3)")).toBe("exit 3");
  expect(() => run("require('net')")).toThrow("there is no module net");
});
