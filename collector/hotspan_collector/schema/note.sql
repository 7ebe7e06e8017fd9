-- note: under $key there is $value now.
insert or replace into store.meta values ($key, $value);
