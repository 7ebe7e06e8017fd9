-- spans_jobs: condition: the spans of the period that may be jobs
{period}
and {may_be_job}
