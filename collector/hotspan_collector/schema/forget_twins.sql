-- forget_twins: requests that were told of before the span that shows them to be part of another.
delete from requests
where source = 'span' and (worker, seq) in (select (worker, seq) from twin_spans);
