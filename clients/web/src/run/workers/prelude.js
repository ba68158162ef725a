// The globals of a program, like those of a Node script.  `host` is what the worker provides.
(host) => {
  "use strict";
  const LINE = 76; // characters; longer values are shown with one entry per line
  const DEEPEST = 3;
  const MOST_ENTRIES = 100;

  // --- console ---

  const quote = (text) => JSON.stringify(text);
  const key = (name) =>
    typeof name === "symbol" ? `[${String(name)}]` : /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : quote(name);

  const describe = (error) => {
    if (!(error instanceof Error)) return `Uncaught ${show(error, 0, [])}`;
    const stack = String(error.stack ?? "").trimEnd();
    const cause = error.cause === undefined ? "" : `\nCaused by ${describe(error.cause)}`;
    return `${error.name}: ${error.message}${stack && `\n${stack}`}${cause}`;
  };

  const show = (value, depth, above) => {
    switch (typeof value) {
      case "string":
        return depth === 0 ? value : quote(value);
      case "bigint":
        return `${value}n`;
      case "function":
        return `[${/^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "Function"}: ${value.name || "(anonymous)"}]`;
      case "object":
        return value === null ? "null" : showObject(value, depth, above);
      default:
        return Object.is(value, -0) ? "-0" : String(value);
    }
  };

  const showObject = (value, depth, above) => {
    if (above.includes(value)) return "[Circular]";
    if (value instanceof Error) return describe(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return "Promise {}";
    const name = Object.getPrototypeOf(value)?.constructor?.name ?? "[Object: null prototype]";
    const isList = Array.isArray(value) || ArrayBuffer.isView(value);
    if (depth > DEEPEST) return `[${isList ? "Array" : name}]`;
    const inner = (part) => show(part, depth + 1, [...above, value]);
    let label = name === "Object" || name === "Array" ? "" : `${name} `;
    let entries;
    if (isList && "length" in value) {
      if (label) label = `${name}(${value.length}) `;
      entries = Array.from(value, inner);
    } else if (value instanceof Map) {
      label = `Map(${value.size}) `;
      entries = [...value].map(([one, other]) => `${inner(one)} => ${inner(other)}`);
    } else if (value instanceof Set) {
      label = `Set(${value.size}) `;
      entries = [...value].map(inner);
    } else {
      entries = Reflect.ownKeys(value)
        .filter((each) => Object.prototype.propertyIsEnumerable.call(value, each))
        .map((each) => `${key(each)}: ${inner(value[each])}`);
    }
    return label + enclose(isList ? "[]" : "{}", entries, depth);
  };

  const enclose = ([open, close], entries, depth) => {
    if (entries.length === 0) return open + close;
    const left = entries.length - MOST_ENTRIES;
    const shown = left > 0 ? [...entries.slice(0, MOST_ENTRIES), `... ${left} more`] : entries;
    const line = shown.join(", ");
    if (line.length <= LINE && !line.includes("\n")) return `${open} ${line} ${close}`;
    const indent = "  ".repeat(depth + 1);
    return `${open}\n${shown.map((entry) => indent + entry).join(",\n")}\n${"  ".repeat(depth)}${close}`;
  };

  const FORMATS = {
    s: (value) => (typeof value === "object" ? show(value, 1, []) : String(value)),
    d: (value) => String(Number(value)),
    i: (value) => String(Number.parseInt(value, 10)),
    f: (value) => String(Number.parseFloat(value)),
    j: (value) => JSON.stringify(value),
    o: (value) => show(value, 1, []),
    O: (value) => show(value, 1, []),
  };
  const format = (values) => {
    let rest = values;
    let text = "";
    if (typeof values[0] === "string" && values.length > 1) {
      rest = values.slice(1);
      text = values[0].replace(/%([sdifjoO%])/g, (all, letter) =>
        letter === "%" ? "%" : rest.length > 0 ? FORMATS[letter](rest.shift()) : all,
      );
      if (rest.length > 0) text += " ";
    }
    return text + rest.map((value) => show(value, 0, [])).join(" ");
  };

  let indent = "";
  const counts = new Map();
  const starts = new Map();
  const line = (text) => `${indent}${text.replaceAll("\n", `\n${indent}`)}\n`;
  const log = (...values) => host.print(line(format(values)));
  const warn = (...values) => host.complain(line(format(values)));
  const elapsed = (label) => `${label}: ${(Date.now() - (starts.get(label) ?? Date.now())).toFixed(0)} ms`;
  const console = {
    log,
    info: log,
    debug: log,
    dir: (value) => log(value),
    table: (value) => log(value),
    error: warn,
    warn,
    trace: (...values) => warn("Trace:", ...values),
    assert: (holds, ...values) => {
      if (!holds) warn("Assertion failed", ...values);
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      log(`${label}: ${counts.get(label)}`);
    },
    group: (...values) => {
      if (values.length > 0) log(...values);
      indent += "  ";
    },
    groupEnd: () => {
      indent = indent.slice(2);
    },
    time: (label = "default") => void starts.set(label, Date.now()),
    timeLog: (label = "default") => log(elapsed(label)),
    timeEnd: (label = "default") => {
      log(elapsed(label));
      starts.delete(label);
    },
  };

  // --- timers: in the order in which they are due, then in which they were set ---

  let last = 0;
  const timers = new Map();
  const set = (does, milliseconds, values, every) => {
    const wait = Math.max(every === null ? 0 : 1, Number(milliseconds) || 0);
    timers.set(++last, { does, values, due: Date.now() + wait, every: every === null ? null : wait });
    return last;
  };
  const clear = (id) => void timers.delete(id);
  const next = () => [...timers].reduce((first, each) => (first && first[1].due <= each[1].due ? first : each), null);
  const untilNextTimer = () => {
    const timer = next();
    return timer ? Math.max(0, timer[1].due - Date.now()) : -1;
  };
  const runTimer = () => {
    const [id, timer] = next();
    if (timer.every === null) timers.delete(id);
    else timer.due = Date.now() + timer.every;
    timer.does(...timer.values);
  };

  // --- the rest of the world ---

  const began = Date.now();
  const exit = (code = 0) => host.exit(Number(code) || 0);
  const fs = {
    readFileSync: (path) => {
      if (path !== 0 && path !== "/dev/stdin") throw new Error(`there is no file ${path}: only the input, 0`);
      return host.readRest();
    },
    writeSync: (descriptor, text) => (descriptor === 2 ? host.complain : host.print)(String(text)),
  };
  const MODULES = { fs, "node:fs": fs };
  const globals = {
    console,
    print: log,
    readline: host.readLine,
    prompt: (question = "") => {
      host.print(String(question));
      return host.readLine();
    },
    setTimeout: (does, milliseconds, ...values) => set(does, milliseconds, values, null),
    setInterval: (does, milliseconds, ...values) => set(does, milliseconds, values, milliseconds),
    setImmediate: (does, ...values) => set(does, 0, values, null),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
    queueMicrotask: (does) => void Promise.resolve().then(does),
    performance: { now: () => Date.now() - began },
    process: {
      argv: ["node", "main.js"],
      env: {},
      exit,
      stdout: { write: (text) => (host.print(String(text)), true) },
      stderr: { write: (text) => (host.complain(String(text)), true) },
    },
    require: (name) => {
      if (Object.hasOwn(MODULES, name)) return MODULES[name];
      throw new Error(`there is no module ${name} here: only fs, to read the input`);
    },
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
  return { describe, untilNextTimer, runTimer };
}
