// `/redoc`: the REST interface, to read.

import { init } from "redoc/bundles/redoc.standalone.js";

const FONT = "system-ui, sans-serif"; // its own would be fetched from another site

init(
  "/openapi.json",
  {
    hideDownloadButton: true,
    theme: { typography: { fontFamily: FONT, headings: { fontFamily: FONT } } },
  },
  document.getElementById("reference"),
);
