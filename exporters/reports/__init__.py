"""The report of a day, week or month: tables, charts, and the files they are written to."""
