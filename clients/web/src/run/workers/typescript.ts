/** TypeScript by QuickJS: types are removed, not checked, and lines stay where they are. */

import { transform } from "sucrase";
import { serve, stderr } from "./program.js";
import { engine, Execution } from "./quickjs.js";

serve(async (interrupt) => {
  const quickjs = await engine();
  return ({ text, stdin }) => {
    const code = withoutTypes(text);
    return code === null ? 1 : new Execution(quickjs, stdin, interrupt).run(code, "main.ts");
  };
});

/** @returns null if the syntax is wrong; the error has been printed */
function withoutTypes(text: string): string | null {
  try {
    return transform(text, { transforms: ["typescript"], disableESTransforms: true, filePath: "main.ts" }).code;
  } catch (error) {
    stderr.text(`SyntaxError: ${(error as Error).message.replace("Error transforming ", "")}\n`);
    return null;
  }
}
