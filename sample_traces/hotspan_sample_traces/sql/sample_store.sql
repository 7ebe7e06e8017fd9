-- sample_store: requests and spans into the tables of the attached database "sample".
insert into sample.requests by name
select * exclude (duration_ns) from requests;
insert into sample.spans by name
select * exclude (duration_ns) from spans;
