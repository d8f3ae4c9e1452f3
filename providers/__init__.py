"""Adapters: one file a provider's system; of the gateway each imports the plug-in contract, `gateway.provider`, alone."""
