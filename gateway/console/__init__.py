"""The admin listener: health, metrics, the operator's page and its JSON."""
