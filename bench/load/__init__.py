"""Log records over HTTP: this hub's ``analyze`` under load, with real records where they are at hand."""
