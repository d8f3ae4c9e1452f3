"""Several processes on one machine: one looks after the others, which serve from one spool."""
