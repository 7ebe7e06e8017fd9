-- all_sums: the sums of the window, of what is rolled up and of the rest
select * from stretch_sums
union all by name
select * from rolled_sums where from_ns >= $from_ns
