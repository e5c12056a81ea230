// Redoc shows its maker's logo from another server; no picture on this page comes from elsewhere.
"use strict";
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (name === "src" && new URL(value, location.href).origin !== location.origin) {
    setTimeout(() => this.dispatchEvent(new Event("error")));
    return;
  }
  Element.prototype.setAttribute.call(this, name, value);
};
