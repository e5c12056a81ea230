"""Feature rows over HTTP: this hub beside MLServer, BentoML, MLflow and FastAPI, all up in one run."""
