"""Pure words of the gateway: they take values, return values, and touch nothing outside."""
