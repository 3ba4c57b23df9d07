"""APIs, distributions, websites, Cognito's keys and DAX, by all their names."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HANDLER = """
    import json
    def handler(event, context):
        seen = {"path": event["path"], "query": event["queryStringParameters"],
                "headers": event["headers"], "host": event["requestContext"]["domainName"],
                "body": event["body"], "ip": event["requestContext"]["identity"]["sourceIp"]}
        print(json.dumps(seen))
        return {"statusCode": 201, "headers": {"X-Own": "1", "Content-Type": "application/json"},
                "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": json.dumps(seen)}
"""


@pytest.fixture(scope="module")
def api(server: Any) -> Any:
    return server.rest_api("seen", server.function("seen", HANDLER))


@pytest.fixture
def proxied(server: Any) -> Iterator[requests.Session]:
    """A client that takes the server for its proxy, and trusts its certificates."""
    with requests.Session() as session:
        session.proxies = {"http": server.endpoint, "https": server.endpoint}
        session.verify = server.ca_file
        yield session


def ways(server: Any, api: Any) -> dict[str, tuple[str, dict[str, str]]]:
    """URL and Host header for each way to the API's ``/open``."""
    at, path = server.endpoint, "prod/open?a=1&a=2"
    return {
        "by host": (f"{at}/{path}", {"Host": api.host}),
        "below localhost": (
            f"{at}/{path}", {"Host": f"{api.id}.execute-api.localhost:{server.port}"}
        ),
        "any name below localhost": (f"{at}/{path}", {"Host": f"{api.host}.localhost"}),
        "by path": (f"{at}/_archlib/execute-api/{api.id}/{path}", {}),
        "by host in the path": (f"{at}/_archlib/host/{api.host}/{path}", {}),
    }  # fmt: skip


@pytest.mark.parametrize(
    "way",
    ["by host", "below localhost", "any name below localhost", "by path", "by host in the path"],
)
def test_an_api_by_every_name(server: Any, api: Any, way: str) -> None:
    url, headers = ways(server, api)[way]
    answer = requests.post(
        url, data="ü".encode(), headers={**headers, "X-MiXed": "Yes"}, timeout=10
    )
    assert answer.status_code == 201, answer.text
    seen = answer.json()
    assert (seen["path"], seen["query"], seen["body"]) == ("/open", {"a": "2"}, "ü")
    # The function sees the real host, whatever name its client knows, and names as sent.
    assert (seen["host"], seen["headers"]["Host"]) == (api.host, api.host)
    assert seen["headers"]["X-MiXed"] == "Yes"
    assert seen["ip"] == "203.0.113.10"
    assert answer.headers["X-Own"] == "1"
    assert answer.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def test_an_api_through_the_proxy(proxied: requests.Session, api: Any) -> None:
    answer = proxied.get(f"https://{api.host}/prod/open", timeout=10)
    assert (answer.status_code, answer.json()["host"]) == (201, api.host)
    # Nothing listens on port 80 there, as on AWS.
    refused = proxied.get(f"http://{api.host}/prod/open", timeout=10)
    assert refused.status_code == 502
    assert "HTTPS" in refused.text


def test_tls_on_the_second_port(server: Any, api: Any) -> None:
    at = f"https://localhost:{server.tls_port}"
    assert requests.get(f"{at}/_archlib/health", verify=server.ca_file, timeout=10).ok
    seen = requests.get(
        f"{at}/prod/open", headers={"Host": api.host}, verify=server.ca_file, timeout=10
    )
    assert seen.status_code == 201
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{at}/_archlib/health", timeout=10)
    assert server.client("sts", endpoint_url=at, verify=server.ca_file).get_caller_identity()


def test_iam_authorized_methods_by_the_name_that_was_signed(server: Any, api: Any) -> None:
    keys = Credentials(server.facts["access_key_id"], server.facts["secret_access_key"])
    for host in (api.host, f"{api.id}.execute-api.localhost:{server.port}"):
        signed = AWSRequest("POST", f"http://{host}/prod/signed?b=2&a=1", data=b"x")
        SigV4Auth(keys, "execute-api", "us-east-1").add_auth(signed)
        headers = {**dict(signed.headers.items()), "Host": host}
        url = f"{server.endpoint}/prod/signed?b=2&a=1"
        assert requests.post(url, data=b"x", headers=headers, timeout=10).status_code == 201
        tampered = requests.post(url, data=b"y", headers=headers, timeout=10)
        assert tampered.status_code == 403
    assert requests.post(url, headers={"Host": api.host}, timeout=10).status_code == 403


def test_boto3_through_the_proxy_knows_nothing_of_it(server: Any) -> None:
    through = {"proxies": {"https": server.endpoint, "http": server.endpoint}}
    options = {"endpoint_url": None, "verify": server.ca_file, "config": through}
    assert server.client("sts", **options).get_caller_identity()["Account"] == "123456789012"
    s3 = server.client("s3", **options)
    s3.create_bucket(Bucket="by.proxy")
    s3.put_object(Bucket="by.proxy", Key="k", Body=b"x" * 70_000)
    assert len(s3.get_object(Bucket="by.proxy", Key="k")["Body"].read()) == 70_000
    far = server.client("dynamodb", region_name="eu-west-1", **options)
    assert far.list_tables()["TableNames"] == []


def test_the_proxy_leads_nowhere_else(server: Any, proxied: requests.Session) -> None:
    with pytest.raises(requests.exceptions.ProxyError):
        proxied.get("https://example.com/", timeout=10)
    answer = proxied.get("http://example.com/", timeout=10)
    assert (answer.status_code, "example.com" in answer.text) == (502, True)


def test_insecure_requests_are_told_apart_through_the_proxy(
    server: Any, proxied: requests.Session
) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="secure-only")
    s3.put_object(Bucket="secure-only", Key="k", Body=b"x")
    deny = {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": "arn:aws:s3:::secure-only/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }],
    }  # fmt: skip
    s3.put_bucket_policy(Bucket="secure-only", Policy=json.dumps(deny))
    # The administrator is not subject to policies; a user is.
    keys = server.user("getter", "s3:GetObject")
    signer = server.client("s3", endpoint_url=None, config={"signature_version": "s3v4"}, **keys)
    url = signer.generate_presigned_url(
        "get_object", Params={"Bucket": "secure-only", "Key": "k"}, ExpiresIn=60
    )
    assert url.startswith("https://secure-only.s3")
    assert proxied.get(url, timeout=10).status_code == 200
    assert proxied.get(url.replace("https:", "http:", 1), timeout=10).status_code == 403


def test_websites_and_distributions_in_a_browser(server: Any) -> None:
    s3, cloudfront = server.client("s3"), server.client("cloudfront")
    s3.create_bucket(Bucket="site")
    s3.delete_public_access_block(Bucket="site")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::site/*"}  # fmt: skip
    s3.put_bucket_policy(
        Bucket="site", Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    s3.put_bucket_website(
        Bucket="site", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    s3.put_object(Bucket="site", Key="index.html", Body=b"<p>hello", ContentType="text/html")
    s3.put_object(Bucket="site", Key="sub/index.html", Body=b"<p>sub", ContentType="text/html")
    for url, headers in (
        (server.endpoint, {"Host": f"site.s3-website.localhost:{server.port}"}),
        (f"{server.endpoint}/_archlib/s3-website/site/", {}),
    ):
        answer = requests.get(url, headers=headers, timeout=10)
        assert (answer.text, answer.headers["Content-Type"]) == ("<p>hello", "text/html")
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "1", "Comment": "", "Enabled": True,
            "DefaultRootObject": "index.html",
            "Aliases": {"Quantity": 0},
            "Origins": {"Quantity": 1, "Items": [{
                "Id": "o", "DomainName": "site.s3.us-east-1.amazonaws.com",
                "S3OriginConfig": {"OriginAccessIdentity": ""},
            }]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o", "ViewerProtocolPolicy": "redirect-to-https",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            },
        }
    )["Distribution"]  # fmt: skip
    name = made["DomainName"].partition(".")[0]
    for url, headers in (
        (server.endpoint, {"Host": f"{name}.cloudfront.localhost:{server.port}"}),
        (server.endpoint, {"Host": made["DomainName"]}),
        (f"{server.endpoint}/_archlib/cloudfront/{name}/", {}),
    ):
        answer = requests.get(url, headers=headers, timeout=10)
        assert (answer.status_code, answer.text) == (200, "<p>hello")
        assert answer.headers["X-Cache"] in ("Miss from cloudfront", "Hit from cloudfront")
    head = requests.head(server.endpoint, headers={"Host": made["DomainName"]}, timeout=10)
    assert (head.headers["Content-Length"], head.content) == ("8", b"")
    pops = set()
    for city in ("Tokyo", "Frankfurt"):
        headers = {"Host": made["DomainName"], "X-Archlib-City": city}
        pops.add(
            requests.get(server.endpoint, headers=headers, timeout=10).headers["X-Amz-Cf-Pop"][:3]
        )
    assert pops == {"NRT", "FRA"}
    headers = {"Host": made["DomainName"], "X-Archlib-City": "Atlantis"}
    assert requests.get(server.endpoint, headers=headers, timeout=10).status_code == 400
    absent = requests.get(
        server.endpoint, headers={"Host": "d000000absent.cloudfront.localhost"}, timeout=10
    )
    assert absent.status_code == 502


def test_cognitos_keys_by_their_real_host(server: Any, proxied: requests.Session) -> None:
    client = server.client("cognito-idp")
    pool = client.create_user_pool(PoolName="people")["UserPool"]["Id"]
    path = f"{pool}/.well-known/jwks.json"
    host = "cognito-idp.us-east-1.amazonaws.com"
    keys = proxied.get(f"https://{host}/{path}", timeout=10).json()["keys"]
    assert {key["kty"] for key in keys} == {"RSA"}
    plain = requests.get(f"{server.endpoint}/{path}", headers={"Host": host}, timeout=10)
    assert plain.json()["keys"] == keys
    found = proxied.get(f"https://{host}/{pool}/.well-known/openid-configuration", timeout=10)
    assert found.json()["jwks_uri"] == f"https://{host}/{path}"
    # The API answers under the same name.
    made = client.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    answer = requests.post(
        server.endpoint, timeout=10,
        headers={"Host": host, "X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp",
                 "Content-Type": "application/x-amz-json-1.1"},
        json={"ClientId": made, "Username": "ann", "Password": "Correct-horse-7"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json()["UserConfirmed"] is False


def test_dax_answers_the_real_client_of_another_process(server: Any) -> None:
    from amazondax import AmazonDaxClient

    dynamodb, ec2, dax = (server.client(name) for name in ("dynamodb", "ec2", "dax"))
    dynamodb.create_table(
        TableName="cached",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]][:2]
    dax.create_subnet_group(SubnetGroupName="g", SubnetIds=subnets)
    dax.create_cluster(
        ClusterName="near", NodeType="dax.t3.small", ReplicationFactor=1, SubnetGroupName="g",
        IamRoleArn=server.role("dax", "dax.amazonaws.com"),
    )  # fmt: skip
    (cluster,) = dax.describe_clusters(ClusterNames=["near"])["Clusters"]
    endpoint = cluster["ClusterDiscoveryEndpoint"]
    assert endpoint["Address"] == "127.0.0.1"
    assert endpoint["URL"] == f"dax://127.0.0.1:{endpoint['Port']}"
    with AmazonDaxClient(
        endpoint_url=endpoint["URL"], region_name="us-east-1", **server.keys
    ) as client:
        client.put_item(TableName="cached", Item={"id": {"S": "1"}, "n": {"N": "7"}})
        for _ in range(2):
            found = client.get_item(TableName="cached", Key={"id": {"S": "1"}})["Item"]
            assert found["n"] == {"N": "7"}
    hops = [h for h in server.own("GET", "trace")["hops"] if h["target"].endswith(":cache/near")]
    assert [(h["source"], h["cache"]) for h in hops if h["cache"]] == [("client", "hit")] * 2


def test_the_own_surface(server: Any, api: Any) -> None:
    mark = server.own("GET", "trace")["mark"]
    requests.get(f"{server.endpoint}/_archlib/execute-api/{api.id}/prod/open", timeout=10)
    hops = server.own("GET", f"trace?since={mark}")["hops"]
    (outer,) = [hop for hop in hops if hop["action"] == "execute-api:GET /open"]
    (inner,) = [hop for hop in hops if hop["action"] == "lambda:InvokeFunction"]
    assert (inner["parent"], outer["status"], outer["source"]) == (outer["number"], 201, "client")
    # A modelled latency, not what this machine took.
    assert 0 < inner["duration"] < outer["duration"]
    assert server.own("GET", "outbox")["messages"] is not None
    assert server.own("GET", "health")["status"] == "running"
    for wrong in ({"advance": -1}, {"advance": "x"}, {}, [1]):
        assert "error" in server.own("POST", "clock", json=wrong)
    stranger = requests.post(
        f"{server.endpoint}/_archlib/clock", json={"advance": 1}, timeout=10,
        headers={"Origin": "https://evil.example"},
    )  # fmt: skip
    assert stranger.status_code == 403


def test_hops_as_server_sent_events(server: Any, api: Any) -> None:
    mark = server.own("GET", "trace")["settled"]
    url = f"{server.endpoint}/_archlib/trace/stream?since={mark}"
    with requests.get(url, stream=True, timeout=20) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        requests.get(f"{server.endpoint}/_archlib/execute-api/{api.id}/prod/open", timeout=20)
        seen: list[dict[str, Any]] = []
        wanted = {"execute-api:GET /open", "lambda:InvokeFunction"}
        for line in stream.iter_lines():
            if line.startswith(b"data: "):
                seen.append(json.loads(line.removeprefix(b"data: ")))
            if wanted <= {hop["action"] for hop in seen}:
                break
    numbers = [hop["number"] for hop in seen]
    assert len(set(numbers)) == len(numbers)
    whole = server.own("GET", f"trace?since={mark}")
    assert set(numbers) <= {hop["number"] for hop in whole["hops"]}


def test_functions_are_invoked_in_every_way(server: Any, api: Any) -> None:
    client = server.client("lambda")
    source = """
        def handler(event, context):
            print("said")
            if event.get("fail"):
                raise KeyError("x")
            return {"got": event}
    """
    server.function("invoked", source)
    done = client.invoke(FunctionName="invoked", Payload=b'{"a": "\xc3\xbc"}', LogType="Tail")
    assert json.loads(done["Payload"].read()) == {"got": {"a": "ü"}}
    assert (done["StatusCode"], "FunctionError" in done) == (200, False)
    assert "said" in base64.b64decode(done["LogResult"]).decode()
    failed = client.invoke(FunctionName="invoked", Payload=b'{"fail": 1}')
    assert (failed["StatusCode"], failed["FunctionError"]) == (200, "Unhandled")
    assert json.loads(failed["Payload"].read())["errorType"] == "KeyError"
    later = client.invoke(FunctionName="invoked", InvocationType="Event", Payload=b"{}")
    assert (later["StatusCode"], later["Payload"].read()) == (202, b"")
    logs = server.client("logs").filter_log_events(logGroupName="/aws/lambda/invoked")["events"]
    assert len([event for event in logs if event["message"].startswith("said")]) == 3
