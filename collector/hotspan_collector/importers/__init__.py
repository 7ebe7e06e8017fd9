"""Files of other programs, turned into the rows that live data become: traces, access logs, exports."""

from hotspan_collector.importers.importing import import_files as import_files
from hotspan_collector.importers.summary import FileSummary as FileSummary
from hotspan_collector.importers.summary import ImportSummary as ImportSummary
