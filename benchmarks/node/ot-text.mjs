/** ot-text: ShareJS' type for text. */

import { serveType } from "./ot-family.mjs";
import { peer } from "./serve.mjs";

await serveType(peer("ot-text").type);
