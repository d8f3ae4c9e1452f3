"""Measures the gateway against yardsticks in the same run: only ratios carry over to another machine."""
