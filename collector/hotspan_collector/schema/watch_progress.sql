-- watch_progress: DuckDB counts how far a query is, and prints nothing of it itself.
set enable_progress_bar = true;
set enable_progress_bar_print = false;
