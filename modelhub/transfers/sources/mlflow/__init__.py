"""An MLflow registry as a training source: its REST interface, read without MLflow itself."""
