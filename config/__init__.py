"""What an operator edits: message catalogues, Grafana, Prometheus and Alertmanager files."""
