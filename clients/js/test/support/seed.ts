/** One seed for all random tests of a run, printed so that `OT_SEED=… npm test` replays it. */

import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    seed: number;
  }
}

export default function provideSeed(project: TestProject): void {
  const seed = Number(process.env["OT_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`random tests: OT_SEED=${seed} replays them`);
  project.provide("seed", seed);
}
