// Requests from this page carry the session cookie; changes need the CSRF token beside it.
"use strict";
const csrf = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1];
SwaggerUIBundle({
  url: document.getElementById("document").dataset.document,
  domNode: document.getElementById("document"),
  deepLinking: true,
  docExpansion: "list",
  displayOperationId: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const token = csrf();
    if (token && new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRFToken"] = token;
    }
    return request;
  },
});
