"""The implementations of the spool that the contract suite runs over."""
