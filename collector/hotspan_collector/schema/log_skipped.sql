-- log_skipped: how many lines were skipped for which reason, and the numbers of the first of them.
with
problems as (
    select line_number, reason from log_problems
    union all
    select
        line_number,
        case
            when starts_with(line, '#') then 'a comment'
            when $json and not json_valid(substr(line, instr(line, '{'))) then 'not JSON'
            when $json then 'no request in it'
            else 'not in the format ' || $formats
        end
    from log_rest
)
select reason, count(*) as rows, list(line_number order by line_number)[1:5] as lines
from problems
group by reason
order by rows desc, reason;
