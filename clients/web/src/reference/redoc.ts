// `/redoc`: the REST interface, to be read.

import { init } from "redoc/bundles/redoc.standalone.js";

const FONT = "system-ui, sans-serif"; // its own would come from elsewhere

init(
  "/openapi.json",
  {
    hideDownloadButton: true,
    theme: { typography: { fontFamily: FONT, headings: { fontFamily: FONT } } },
  },
  document.getElementById("reference"),
);
