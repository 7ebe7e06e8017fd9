-- kept_calls: the calls of the windows of which stretch_calls were kept, in place of calls
select * from stretch_calls
