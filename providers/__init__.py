"""Adapters: one file a provider; of the gateway each imports the plug-in contract, `gateway.provider`, alone."""
