-- cargo_requests: condition: requests that started in the period
{period}
and {asked}
