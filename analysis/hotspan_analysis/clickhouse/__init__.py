"""The same questions asked of a ClickHouse that an OpenTelemetry Collector writes its `otel_traces` into."""
