-- cargo_spans: condition: every span that started in the period
{period}
