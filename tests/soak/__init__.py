"""A long run under load in which everything goes wrong again and again: nothing is lost, nothing sent twice."""
