"use strict";
Redoc.init(
  document.getElementById("document").dataset.document,
  { disableSearch: true, hideDownloadButton: true, expandResponses: "200,201", theme: {
    colors: { primary: { main: "#0f766e" } },
    typography: { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } },
  } },
  document.getElementById("document"),
);
