-- course_durations: in place of rolled_durations, how durations spread in each bucket of the window, and in all of it (0)
select bucket_ns as endpoint, bucket, requests, errors from rolled_steps
union all
select 0 as endpoint, bucket, requests, errors from rolled_steps
