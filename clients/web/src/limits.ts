/** What people and sessions may be called: the numbers that the server goes by. */

import limits from "../../../ot_protocol/limits.json";

export const LIMITS: Readonly<typeof limits> = limits;
