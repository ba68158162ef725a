/** ot-text-unicode: its successor, which counts code points, as we do. */

import { serveType } from "./ot-family.mjs";
import { peer } from "./serve.mjs";

await serveType(peer("ot-text-unicode").type);
