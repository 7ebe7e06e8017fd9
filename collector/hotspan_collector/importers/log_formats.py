"""Access log formats as data: where each keeps the time, the request, the answer, the client and the duration.

Sources: the log format pages of nginx (ngx_http_log_module), Apache httpd (mod_log_config), Caddy, Traefik, Envoy,
HAProxy (8.2.3 HTTP log format), AWS (Application Load Balancer and CloudFront access logs), ltsv.org and Heroku
(HTTP routing), checked against logs that people published.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FIELDS = (
    "time",  # of completion; of the start in formats whose clock says so
    "start_time",  # of the start, in formats that write both
    "request",  # "METHOD target HTTP/1.1"
    "method",
    "target",  # path, or URL, with or without the query
    "query",
    "protocol",
    "status",
    "bytes",
    "agent",
    "address",
    "forwarded",  # X-Forwarded-For
    "user",  # who logged in
    "duration_s",  # durations: a number, or several that add up
    "duration_ms",
    "duration_us",
    "duration_ns",
    "flags",  # how the connection ended
    "service",
)
"""What a format can say about a request. A group of a pattern bears one of these names."""

_PREFIX = r"^(?:\S+ (?:stdout|stderr) [FP] )?"  # what Kubernetes puts before a container's line
_QUOTED = r'(?:[^"\\]|\\.)*'


@dataclass(frozen=True)
class LogFormat:
    """How to read one kind of access log.

    A `pattern` format is a regular expression (RE2) with groups named as in FIELDS. A `json` or `ltsv` format names
    the keys (JSON pointers, labels) to look at for each field, the first that has a value counting.
    """

    name: str
    kind: Literal["pattern", "json", "ltsv"]
    pattern: str = ""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clock: Literal["end", "start"] = "end"
    aborted: str = ""
    """Matches the flags of a request whose client left early; a status of 499 or 460 always says so."""

    def groups(self) -> tuple[str, list[str]]:
        """The pattern with an empty group at its end for each field it lacks, and the names of all groups in a row."""
        own = sorted(re.compile(self.pattern).groupindex.items(), key=lambda item: item[1])
        names = [name for name, _ in own]
        missing = [name for name in FIELDS if name not in names]
        return self.pattern + "()" * len(missing), names + missing


_COMMON = (
    _PREFIX
    + r"(?:\S+:\d+ )?(?P<address>\S+) +\S+ +(?P<user>\S[^\[]*?) *\[(?P<time>[^\]]+)\] +"
    + rf'"(?P<request>{_QUOTED})" (?P<status>\d{{3}}|-) (?P<bytes>\d+|-)'
)
_REFERER_AND_AGENT = rf' "{_QUOTED}" "(?P<agent>{_QUOTED})"'

COMBINED = LogFormat(
    # nginx and Apache: common, combined, with vhost, with X-Forwarded-For, and whatever people add at the end: the
    # first number with a point is the duration ($request_time, rt=…), Traefik ends its lines with milliseconds.
    "combined",
    "pattern",
    rf'{_COMMON}(?:{_REFERER_AND_AGENT}(?: "(?P<forwarded>[^"]*)")?)?'
    + r"(?:(?: \S+)*? (?:\w+=)?(?P<duration_s>\d+\.\d+)(?: .*)?|.* (?P<duration_ms>\d+)ms| .*)?\s*$",
)

APACHE_MICROSECONDS = LogFormat(
    # Apache with %D at the end; its %t is the time of arrival.
    "apache-microseconds",
    "pattern",
    rf"{_COMMON}(?:{_REFERER_AND_AGENT})? (?P<duration_us>\d+)\s*$",
    clock="start",
)

ALB = LogFormat(
    "alb",
    "pattern",
    r"^(?:https?|h2|grpcs|wss?) (?P<time>\S+) (?P<service>\S+)/[0-9a-f]+ (?P<address>\S+) \S+ "
    r"(?P<duration_s>-?[\d.]+ -?[\d.]+ -?[\d.]+) (?P<status>\d+|-) \S+ \d+ (?P<bytes>\d+) "
    rf'"(?P<request>{_QUOTED})" "(?P<agent>{_QUOTED})" \S+ \S+ \S+ "[^"]*" "[^"]*" "[^"]*" \S+ (?P<start_time>\S+) .*$',
)

CLOUDFRONT = LogFormat(
    "cloudfront",
    "pattern",
    r"^(?P<time>\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d)\t\S+\t(?P<bytes>\d+)\t(?P<address>\S+)\t(?P<method>\S+)\t"
    r"(?P<service>\S+)\t(?P<target>\S+)\t(?P<status>\d+)\t[^\t]*\t(?P<agent>[^\t]*)\t(?P<query>[^\t]*)\t[^\t]*\t[^\t]*\t"
    r"[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t(?P<duration_s>[\d.]+)\t(?P<forwarded>[^\t]*)\t[^\t]*\t[^\t]*\t[^\t]*\t"
    r"(?P<protocol>HTTP/\S+).*$",
)

ENVOY = LogFormat(
    "envoy",
    "pattern",
    _PREFIX + rf'\[(?P<time>[^\]]+)\] "(?P<request>{_QUOTED})" (?P<status>\d+) (?P<flags>\S+) '
    r'(?:\S+ - "[^"]*" )?\d+ (?P<bytes>\d+) (?P<duration_ms>\d+) \S+ "(?P<forwarded>[^"]*)" '
    rf'"(?P<agent>{_QUOTED})".*$',
    clock="start",
    aborted=r"\bDC\b",
)

HAPROXY = LogFormat(
    "haproxy",
    "pattern",
    r"^.*?haproxy\[\d+\]: (?P<address>\S+) \[(?P<time>[^\]]+)\] \S+ (?P<service>[^/ ]+)/\S+ "
    r"-?\d+/-?\d+/-?\d+/-?\d+/\+?(?P<duration_ms>\d+) (?P<status>-?\d+) \+?(?P<bytes>\d+) \S+ \S+ (?P<flags>\S{4}) "
    r'\S+ \S+ (?:\{[^}]*\} )*"(?P<request>[^"]*)".*$',
    clock="start",
    aborted="^C",
)

HEROKU = LogFormat(
    "heroku",
    "pattern",
    r"^(?:<\d+>\d+ |\d+ <\d+>\d+ )?(?P<time>\d{4}-\S+) .*?heroku(?:\[router\]:| router - ) ?at=\S+ "
    r'(?:code=(?P<flags>\S+) desc="[^"]*" )?method=(?P<method>\S+) path="?(?P<target>[^" ]*)"? '
    r'.*?fwd="?(?P<forwarded>[^"]*?)"? .*?connect=(?P<duration_ms>\d*m?s? service=\d+)ms status=(?P<status>\d+) '
    r"bytes=(?P<bytes>\d*).*$",
    aborted="^H(18|27|28)$",
)

IIS_EVENT = LogFormat(
    # IIS as Windows events, one <Event> a line.
    "iis-event",
    "pattern",
    r'^.*?SystemTime="(?P<time>[^"]+)".*?"c-ip">(?P<address>[^<]*)<.*?"cs-username">(?P<user>[^<]*)<'
    r'.*?"s-sitename">(?P<service>[^<]*)<.*?"cs-method">(?P<method>[^<]*)<.*?"cs-uri-stem">(?P<target>[^<]*)<'
    r'.*?"cs-uri-query">(?P<query>[^<]*)<.*?"sc-status">(?P<status>\d+)<.*?"sc-bytes">(?P<bytes>\d+)<'
    r'.*?"time-taken">(?P<duration_ms>\d+)<.*?"csUser-Agent">(?P<agent>[^<]*)<.*$',
)

CADDY = LogFormat(
    "caddy",
    "json",
    keys={
        "time": ("/ts",),
        "method": ("/request/method",),
        "target": ("/request/uri",),
        "protocol": ("/request/proto",),
        "status": ("/status",),
        "bytes": ("/size",),
        "agent": ("/request/headers/User-Agent/0",),
        "address": ("/request/client_ip", "/request/remote_ip", "/request/remote_addr"),
        "user": ("/user_id",),
        "duration_s": ("/duration",),
    },
)

TRAEFIK = LogFormat(
    "traefik",
    "json",
    keys={
        "time": ("/StartUTC", "/StartLocal"),
        "method": ("/RequestMethod",),
        "target": ("/RequestPath",),
        "protocol": ("/RequestProtocol",),
        "status": ("/DownstreamStatus", "/OriginStatus"),
        "bytes": ("/DownstreamContentSize",),
        "agent": ("/request_User-Agent",),
        "address": ("/ClientHost", "/ClientAddr"),
        "forwarded": ("/request_X-Forwarded-For",),
        "user": ("/ClientUsername",),
        "duration_ns": ("/Duration",),
        "service": ("/ServiceName", "/RouterName"),
    },
    clock="start",
)

ENVOY_JSON = LogFormat(
    "envoy-json",
    "json",
    keys={
        "time": ("/start_time",),
        "method": ("/method",),
        "target": ("/x-envoy-origin-path", "/path"),
        "protocol": ("/protocol",),
        "status": ("/response_code",),
        "bytes": ("/bytes_sent",),
        "agent": ("/user-agent", "/user_agent"),
        "address": ("/downstream_remote_address",),
        "forwarded": ("/x-forwarded-for",),
        "duration_ms": ("/duration",),
        "flags": ("/response_flags",),
        "service": ("/upstream_cluster",),
    },
    clock="start",
    aborted=r"\bDC\b",
)

JSON = LogFormat(
    # nginx's log_format with escape=json has whatever names its writer chose; these are the usual ones.
    "json",
    "json",
    keys={
        "time": ("/time_iso8601", "/time_local", "/@timestamp", "/timestamp", "/time", "/msec", "/ts", "/date"),
        "request": ("/request",),
        "method": ("/request_method", "/method", "/http_method", "/verb"),
        "target": ("/request_uri", "/uri", "/url", "/path", "/http_uri"),
        "query": ("/args", "/query_string"),
        "protocol": ("/server_protocol", "/protocol", "/http_version"),
        "status": ("/status", "/status_code", "/response_code", "/response", "/code"),
        "bytes": ("/body_bytes_sent", "/bytes_sent", "/body_bytes", "/bytes", "/size"),
        "agent": ("/http_user_agent", "/user_agent", "/userAgent", "/agent", "/ua"),
        "address": ("/remote_addr", "/client_ip", "/remote_ip", "/clientip", "/client", "/ip", "/remoteAddress"),
        "forwarded": ("/http_x_forwarded_for", "/x_forwarded_for", "/xff"),
        "user": ("/remote_user",),
        "duration_s": ("/request_time", "/response_time", "/reqtime", "/apptime", "/upstream_response_time"),
        "duration_ms": ("/duration_ms", "/request_time_ms", "/latency_ms", "/responseTime", "/elapsed_ms"),
        "duration_us": ("/duration_us", "/request_time_us"),
    },
)

LTSV = LogFormat(
    "ltsv",
    "ltsv",
    keys={
        "time": ("time", "time_local", "time_iso8601"),
        "request": ("req", "request"),
        "method": ("method", "request_method"),
        "target": ("uri", "request_uri", "path"),
        "query": ("query",),
        "protocol": ("protocol",),
        "status": ("status",),
        "bytes": ("size", "body_bytes_sent"),
        "agent": ("ua", "http_user_agent"),
        "address": ("host", "remote_addr", "client"),
        "forwarded": ("forwardedfor", "http_x_forwarded_for"),
        "user": ("user", "remote_user"),
        "duration_s": ("reqtime", "request_time", "apptime", "upstream_response_time"),
        "duration_us": ("reqtime_microsec", "taken"),
        "service": ("vhost",),
    },
)

LOG_FORMATS = {
    each.name: each
    for each in (
        CADDY,
        TRAEFIK,
        ENVOY_JSON,
        JSON,
        ENVOY,
        ALB,
        CLOUDFRONT,
        HAPROXY,
        HEROKU,
        IIS_EVENT,
        APACHE_MICROSECONDS,
        COMBINED,
        LTSV,
    )
}
"""By name; where two formats read the same lines, the one that stands first is meant."""

ALIASES = {
    "nginx": "combined",
    "apache": "combined",
    "common": "combined",
    "nginx-json": "json",
    "aws-alb": "alb",
    "iis": "iis-event",
}
"""Other names that people call formats by."""
