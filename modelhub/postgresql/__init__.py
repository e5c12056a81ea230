"""Django's PostgreSQL engine for processes that serve: nobody waits long for a server that says nothing."""
