-- cargo_around: condition: what ran in the stretch; of the times it is compared with, what the comparison counts
{period}
and (
    (
        toUnixTimestamp64Nano(Timestamp) < $to_ns
        and toUnixTimestamp64Nano(Timestamp) + toInt64(Duration) >= $from_ns
    )
    or (
        (
            (
                toUnixTimestamp64Nano(Timestamp) >= $near_from_ns
                and toUnixTimestamp64Nano(Timestamp) < $near_to_ns
            )
            or (
                toUnixTimestamp64Nano(Timestamp) >= $fold_ns
                and toUnixTimestamp64Nano(Timestamp) < $fold_to_ns
                and (toUnixTimestamp64Nano(Timestamp) - $fold_ns) % 3600000000000 < $length_ns
            )
        )
        and (
            span_kind(SpanKind) = 'SERVER'
            or ParentSpanId in ('', '0000000000000000')
            or coalesce(
                told('db.system.name'), told('db.system'), told('db.type'), told('db.query.summary'),
                told('db.query.text'), told('db.statement'), told('sql.query')
            ) is not null
        )
    )
)
