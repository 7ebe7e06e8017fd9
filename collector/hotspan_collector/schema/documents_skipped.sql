-- documents_skipped: which lines of log_lines hold no span, and why; a line that matches
-- $spans may hold some.
select reason, count(*) as rows, list(line_number order by line_number)[1:5] as lines
from (
    select
        line_number,
        case
            when not json_valid(line) then 'not JSON'
            when regexp_matches(line, '"resource_?([mM]etrics|[lL]ogs)"') then 'metrics or logs'
            else 'no span in it'
        end as reason
    from (select row_number() over () as line_number, line from log_lines)
    where trim(line, E' \t\r') <> '' and (not regexp_matches(line, $spans) or not json_valid(line))
)
group by reason
order by rows desc, reason;
