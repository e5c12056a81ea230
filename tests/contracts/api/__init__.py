"""The API as a whole: a furnished hub, the table of answers, and the document written from it."""
