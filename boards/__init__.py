"""The Grafana boards as code: `python -m boards` writes `config/grafana/dashboards/`."""
