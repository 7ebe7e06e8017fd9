"""Files of other programs, turned into the rows that live data become: traces, access logs, exports."""
