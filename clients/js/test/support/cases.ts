/** How many cases a random test takes: `few`, or what `OT_SOAK_CASES` asks for. `make soak` does. */
export const cases = (few: number): number => Number(process.env["OT_SOAK_CASES"] ?? few);
