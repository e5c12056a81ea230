// Redoc shows its maker's logo from another server; no picture on this page comes from elsewhere.
"use strict";
(() => {
  const picture = HTMLImageElement.prototype;
  const source = Object.getOwnPropertyDescriptor(picture, "src");
  const load = (image, address) => {
    if (new URL(address, location.href).origin === location.origin) {
      source.set.call(image, address);
    } else {
      setTimeout(() => image.dispatchEvent(new Event("error")));
    }
  };
  Object.defineProperty(picture, "src", {
    ...source,
    set(address) { load(this, address); },
  });
  picture.setAttribute = function (name, value) {
    if (name === "src") {
      load(this, value);
    } else {
      Element.prototype.setAttribute.call(this, name, value);
    }
  };
})();
