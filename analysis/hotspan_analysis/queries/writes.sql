-- writes: the database statements that change data
-- What has no operation recorded is known by the first word of its statement. DynamoDB and MongoDB have words of
-- their own.
select *
from (
    select
        *,
        upper(coalesce(db_operation, regexp_extract(coalesce(statement, name), '^[A-Za-z]+', 0))) as operation
    from spans
    where category = 'database'
) as statements
where
    operation in (
        'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'UPSERT', 'TRUNCATE', 'COPY', 'LOAD', 'CREATE', 'ALTER', 'DROP',
        'PUTITEM', 'UPDATEITEM', 'DELETEITEM', 'BATCHWRITEITEM', 'TRANSACTWRITEITEMS',
        'BULKWRITE', 'INSERTONE', 'INSERTMANY', 'UPDATEONE', 'UPDATEMANY', 'DELETEONE', 'DELETEMANY', 'REPLACEONE',
        'FINDANDMODIFY', 'FINDONEANDUPDATE', 'FINDONEANDREPLACE', 'FINDONEANDDELETE'
    )
    and ($service is null or service = $service)
