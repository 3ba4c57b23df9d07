"""Distributions and origins for tests, from short descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local import LocalCloud
from archlib.local.edge import EdgePlane
from archlib.local.edge.dates import http_date
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse

PLANES = (
    "archlib.local.iam:IamEnforcement",
    "archlib.local.sts:SecurityTokens",
    "archlib.local.s3:S3Plane",
    "archlib.local.edge:EdgePlane",
)

METHODS = {
    "read": ["GET", "HEAD"],
    "options": ["GET", "HEAD", "OPTIONS"],
    "all": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
}


def listed(values: Any) -> dict[str, Any]:
    values = list(values)
    return {"Quantity": len(values), **({"Items": values} if values else {})}


@dataclass
class ScriptedOrigin:
    """Answers the nth request with the nth answer (the last one repeats)."""

    cloud: LocalCloud
    answers: list[dict[str, Any]]
    asked: list[HttpRequest] = field(default_factory=list)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(request)
        self.cloud.clock.spend(answer.get("slow", 0))
        if answer.get("refuse"):
            raise ConnectionRefused("nothing listens")
        return self._respond(request, answer)

    def _respond(self, request: HttpRequest, answer: Mapping[str, Any]) -> HttpResponse:
        status = answer.get("status", 200)
        body = answer.get("body", "hello").encode()
        if "size" in answer:
            body = b"abcdefghij" * (answer["size"] // 10) + b"x" * (answer["size"] % 10)
        headers = {"Content-Type": "text/plain"}
        if answer.get("etag", '"v1"') and status == 200:
            headers["ETag"] = answer.get("etag", '"v1"')
        if "cc" in answer:
            headers["Cache-Control"] = answer["cc"]
        if "expires" in answer:
            headers["Expires"] = http_date(self.cloud.clock.time() + answer["expires"])
        headers.update(answer.get("headers", {}))
        tag = headers.get("ETag")
        if tag and request.header("if-none-match") in (tag, f"W/{tag}"):
            kept = {k: v for k, v in headers.items() if k != "Content-Type"}
            return HttpResponse(304, tuple(kept.items()))
        wanted = request.header("range")
        if answer.get("ranges") and wanted is not None and status == 200:
            status, body, more = _ranged(wanted, body)
            headers.update(more)
        if answer.get("length", True):
            headers["Content-Length"] = str(answer.get("claims", len(body)))
        if request.method == "HEAD":
            body = b""
        return HttpResponse(status, tuple(headers.items()), body)


def _ranged(wanted: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    if not first:
        begin, end = max(0, len(body) - int(last)), len(body) - 1
    else:
        begin, end = int(first), min(int(last) if last else len(body) - 1, len(body) - 1)
    if begin >= len(body):
        return 416, b"", {"Content-Range": f"bytes */{len(body)}"}
    found = {"Content-Range": f"bytes {begin}-{end}/{len(body)}", "Accept-Ranges": "bytes"}
    return 206, body[begin : end + 1], found


class Site:
    """A distribution in front of scripted origins."""

    def __init__(
        self,
        cloud: LocalCloud,
        number: int,
        setting: Mapping[str, Any],
        key_groups: Mapping[str, str] | None = None,
    ) -> None:
        self.cloud = cloud
        self.number = number
        self.key_groups = key_groups or {}
        self.client = cloud.client("cloudfront")
        self.origins: dict[str, ScriptedOrigin] = {}
        scripts = setting.get("origins") or {"main": setting.get("origin", [{}])}
        for name, answers in scripts.items():
            self.origins[name] = ScriptedOrigin(cloud, answers)
            cloud.http.serve(self.host(name).replace(".", r"\."), self.origins[name])
        made = self.client.create_distribution(DistributionConfig=self.config(setting))
        self.made: dict[str, Any] = made["Distribution"]
        self.domain = str(self.made["DomainName"])

    def host(self, name: str) -> str:
        return f"{name}{self.number}.origin.example"

    @property
    def asked(self) -> list[HttpRequest]:
        return [request for origin in self.origins.values() for request in origin.asked]

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        scheme: str = "https",
    ) -> HttpResponse:
        given = {"Host": self.domain, "User-Agent": "tester/1", **(headers or {})}
        url = f"{scheme}://{self.domain}{path}"
        return self.cloud.http.send(HttpRequest.of(method, url, given.items(), body))

    def edge(self) -> EdgePlane:
        return self.cloud.plane(EdgePlane)

    # -- configuration -----------------------------------------------------------------------

    def config(self, setting: Mapping[str, Any]) -> dict[str, Any]:
        config: dict[str, Any] = {
            "CallerReference": f"{self.number}",
            "Comment": "",
            "Enabled": setting.get("enabled", True),
            "DefaultRootObject": setting.get("root", ""),
            "Origins": listed([self._origin(name, setting) for name in self.origins]),
            "DefaultCacheBehavior": self.behavior(setting),
            "CacheBehaviors": listed(
                {"PathPattern": one["pattern"], **self.behavior(one)}
                for one in setting.get("behaviors", ())
            ),
            "CustomErrorResponses": listed(self._page(one) for one in setting.get("errors", ())),
            "PriceClass": setting.get("price", "PriceClass_All"),
        }
        if "group" in setting:
            config["OriginGroups"] = listed(
                [
                    {
                        "Id": "group",
                        "FailoverCriteria": {"StatusCodes": listed(setting["group"])},
                        "Members": listed([{"OriginId": "main"}, {"OriginId": "second"}]),
                    }
                ]
            )
        if "geo" in setting:
            ((mode, countries),) = setting["geo"].items()
            config["Restrictions"] = {
                "GeoRestriction": {"RestrictionType": mode, **listed(countries)}
            }
        return config

    def _origin(self, name: str, setting: Mapping[str, Any]) -> dict[str, Any]:
        custom = {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": setting.get("origin_protocol", "https-only"),
            "OriginReadTimeout": setting.get("read_timeout", 30),
        }
        headers = [
            {"HeaderName": key, "HeaderValue": value}
            for key, value in setting.get("origin_headers", {}).items()
        ]
        return {
            "Id": name,
            "DomainName": self.host(name),
            "OriginPath": setting.get("origin_path", ""),
            "CustomOriginConfig": custom,
            "CustomHeaders": listed(headers),
        }

    @staticmethod
    def _page(one: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"ErrorCode": one["code"]}
        if "page" in one:
            made.update(ResponsePagePath=one["page"], ResponseCode=str(one.get("as", one["code"])))
        if "ttl" in one:
            made["ErrorCachingMinTTL"] = one["ttl"]
        return made

    def behavior(self, setting: Mapping[str, Any]) -> dict[str, Any]:
        target = "group" if "group" in setting else next(iter(self.origins))
        methods = METHODS[setting.get("methods", "read")]
        cached = METHODS["options" if setting.get("cache_options") else "read"]
        made: dict[str, Any] = {
            "TargetOriginId": setting.get("to", target),
            "ViewerProtocolPolicy": setting.get("protocol", "allow-all"),
            "AllowedMethods": {**listed(methods), "CachedMethods": listed(cached)},
            "Compress": setting.get("compress", False),
        }
        if groups := setting.get("groups"):
            ids = [self.key_groups[name] for name in groups]
            made["TrustedKeyGroups"] = {"Enabled": True, **listed(ids)}
        if "legacy" in setting:
            return {**made, **self._legacy(setting["legacy"])}
        made["CachePolicyId"] = setting.get("policy") or self._cache_policy(setting)
        if "forward" in setting:
            made["OriginRequestPolicyId"] = self._origin_policy(setting["forward"])
        if "response" in setting:
            made["ResponseHeadersPolicyId"] = self._response_policy(setting["response"])
        return made

    def _name(self) -> str:
        return self.cloud.new_id("policy", 12)

    def _cache_policy(self, setting: Mapping[str, Any]) -> str:
        minimum, default, maximum = setting.get("ttl", (0, 86400, 31536000))
        made = self.client.create_cache_policy(
            CachePolicyConfig={
                "Name": self._name(),
                "MinTTL": minimum,
                "DefaultTTL": default,
                "MaxTTL": maximum,
                "ParametersInCacheKeyAndForwardedToOrigin": {
                    "EnableAcceptEncodingGzip": setting.get("gzip", False),
                    "EnableAcceptEncodingBrotli": setting.get("br", False),
                    **chosen(setting),
                },
            }
        )
        return str(made["CachePolicy"]["Id"])

    def _origin_policy(self, given: Any) -> str:
        if isinstance(given, str):
            return given
        made = self.client.create_origin_request_policy(
            OriginRequestPolicyConfig={"Name": self._name(), **chosen(given)}
        )
        return str(made["OriginRequestPolicy"]["Id"])

    def _response_policy(self, given: Any) -> str:
        if isinstance(given, str):
            return given
        made = self.client.create_response_headers_policy(
            ResponseHeadersPolicyConfig={"Name": self._name(), **given}
        )
        return str(made["ResponseHeadersPolicy"]["Id"])

    @staticmethod
    def _legacy(given: Mapping[str, Any]) -> dict[str, Any]:
        cookies = given.get("cookies", "none")
        names = cookies if isinstance(cookies, list) else []
        preference: dict[str, Any] = {"Forward": "whitelist" if names else cookies}
        if names:
            preference["WhitelistedNames"] = listed(names)
        query = given.get("query", False)
        values: dict[str, Any] = {
            "QueryString": bool(query),
            "Cookies": preference,
            "Headers": listed(given.get("headers", [])),
        }
        if isinstance(query, list):
            values["QueryStringCacheKeys"] = listed(query)
        minimum, default, maximum = given.get("ttl", (0, 86400, 31536000))
        return {"ForwardedValues": values, "MinTTL": minimum, "DefaultTTL": default,
                "MaxTTL": maximum}  # fmt: skip


def chosen(setting: Mapping[str, Any]) -> dict[str, Any]:
    """HeadersConfig, CookiesConfig and QueryStringsConfig from modes, lists and exceptions."""
    made: dict[str, Any] = {}
    kinds = (("headers", "Header", "Headers"), ("cookies", "Cookie", "Cookies"),
             ("query", "QueryString", "QueryStrings"))  # fmt: skip
    for name, kind, many in kinds:
        given = setting.get(name, "none")
        if isinstance(given, str):
            made[f"{kind}sConfig"] = {f"{kind}Behavior": given}
            continue
        mode, names = ("allExcept", given["except"]) if isinstance(given, dict) else (
            "whitelist", given)  # fmt: skip
        made[f"{kind}sConfig"] = {f"{kind}Behavior": mode, many: listed(names)}
    return made
