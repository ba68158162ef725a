/** JavaScript by QuickJS. */

import { serve } from "./program.js";
import { engine, Execution } from "./quickjs.js";

serve(async (interrupt) => {
  const quickjs = await engine();
  return ({ text, stdin }) => new Execution(quickjs, stdin, interrupt).run(text, "main.js");
});
