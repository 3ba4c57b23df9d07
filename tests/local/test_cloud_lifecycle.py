"""Entering and leaving, whatever goes wrong on the way; who may use what afterwards."""

from __future__ import annotations

import gc
import os
import socket
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from archlib.errors import ArchlibError
from archlib.local import LocalCloud
from archlib.local.identity import Credentials

KERNEL = ("archlib.local.sts:SecurityTokens",)


class Recorder:
    events: list[str] = []  # noqa: RUF012

    def start(self, cloud: LocalCloud) -> None:
        self.events.append(f"start {type(self).__name__}")

    def stop(self) -> None:
        self.events.append(f"stop {type(self).__name__}")


class First(Recorder):
    pass


class WontStop(Recorder):
    def stop(self) -> None:
        raise RuntimeError("stuck")


class Interrupted(Recorder):
    def start(self, cloud: LocalCloud) -> None:
        raise KeyboardInterrupt

    def stop(self) -> None:
        raise AttributeError("never started")


@pytest.fixture(autouse=True)
def planes(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("planes_of_the_lifecycle_tests")
    module.__dict__.update(First=First, WontStop=WontStop, Interrupted=Interrupted)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(Recorder, "events", [])


def cloud_of(*names: str) -> LocalCloud:
    return LocalCloud(planes=[f"planes_of_the_lifecycle_tests:{name}" for name in names])


def state() -> dict[str, object]:
    return {
        "environ": dict(os.environ),
        "connect": socket.socket.connect,
        "sendmsg": socket.socket.sendmsg,
        "lookup": socket.gethostbyname,
        "sleep": time.sleep,
        "threads": threading.active_count(),
    }


def test_a_plane_that_will_not_stop_keeps_nothing_else_from_being_undone() -> None:
    before = state()
    cloud = cloud_of("First", "WontStop").start()
    with pytest.raises(RuntimeError, match="stuck"):
        cloud.stop()
    assert state() == before
    assert Recorder.events == ["start First", "start WontStop", "stop First"]
    assert abs(time.time() - cloud.clock.time()) > 60
    with cloud_of("First"):
        pass


def test_an_interrupt_while_starting_leaves_nothing_behind() -> None:
    before = state()
    with pytest.raises(KeyboardInterrupt):
        cloud_of("First", "Interrupted").start()
    assert state() == before
    assert Recorder.events == ["start First", "stop First"]


def test_stopping_twice_or_before_the_start_is_harmless() -> None:
    cloud = cloud_of("First")
    cloud.stop()
    cloud.start()
    assert cloud.running
    cloud.stop()
    cloud.stop()
    assert not cloud.running
    assert Recorder.events == ["start First", "stop First"]


def test_a_cloud_that_does_not_run_makes_no_clients() -> None:
    cloud = LocalCloud(planes=KERNEL)
    with pytest.raises(ArchlibError, match="no s3 client: this local cloud is not running"):
        cloud.client("s3")
    with cloud:
        cloud.client("s3")
    with pytest.raises(ArchlibError, match="not running"):
        cloud.client("s3")


def test_a_client_of_one_cloud_meets_the_state_of_the_next() -> None:
    with LocalCloud(planes=KERNEL) as first:
        mine, own = first.client("s3"), boto3.client("s3")
        mine.create_bucket(Bucket="one")
    with LocalCloud(planes=KERNEL):
        assert mine.list_buckets()["Buckets"] == []
        assert own.list_buckets()["Buckets"] == []


def test_a_client_is_as_good_as_its_own_secret() -> None:
    with LocalCloud(planes=KERNEL) as cloud:
        role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        given = cloud.identities.issue(role["Role"]["Arn"], "me")
        cloud.client("sts", credentials=given).get_caller_identity()
        forged = Credentials(given.access_key, "x" * 40, given.session_token)
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            cloud.client("sts", credentials=forged).get_caller_identity()
        stale = Credentials(given.access_key, given.secret_key, "another token")
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            cloud.client("sts", credentials=stale).get_caller_identity()


def test_clients_may_be_asked_for_in_many_threads() -> None:
    with LocalCloud(planes=KERNEL) as cloud, ThreadPoolExecutor(16) as pool:
        regions = ["us-east-1", "eu-west-1", "us-west-2"] * 16
        found = list(pool.map(lambda region: cloud.client("sqs", region=region), regions))
        assert len(set(map(id, found))) == 3
        list(pool.map(lambda client: client.list_queues(), found))
        assert [h.number for h in cloud.trace.hops] == list(range(len(found)))


def test_nothing_keeps_a_cloud_alive_that_was_left() -> None:
    with LocalCloud() as cloud:
        cloud.client("s3").create_bucket(Bucket="bucket")
        left = weakref.ref(cloud)
    del cloud
    gc.collect()
    assert left() is None


def test_a_negative_sleep_is_pythons_own_mistake() -> None:
    with LocalCloud(planes=KERNEL), pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_only_the_clouds_own_thread_sleeps_virtually() -> None:
    with LocalCloud(planes=KERNEL) as cloud, ThreadPoolExecutor(1) as pool:
        began = cloud.clock.time()
        pool.submit(time.sleep, 0.01).result()
        assert cloud.clock.time() == began
        time.sleep(30)
        assert cloud.clock.time() == began + 30


def test_a_client_that_outlives_its_cloud_does_not_go_to_the_real_aws() -> None:
    with LocalCloud(planes=KERNEL) as cloud:
        clients = cloud.client("sts"), boto3.client("sts"), boto3.resource("s3").meta.client
    for client in clients:
        with pytest.raises(ArchlibError, match="belongs to a local cloud that has been stopped"):
            (client.get_caller_identity if client in clients[:2] else client.list_buckets)()


def test_a_client_older_than_the_cloud_is_its_owners_again() -> None:
    older = boto3.client(
        "sts", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y",
        endpoint_url="http://127.0.0.1:9/",
    )  # fmt: skip
    with LocalCloud(planes=KERNEL), pytest.raises(ClientError, match="InvalidClientTokenId"):
        older.get_caller_identity()
    with pytest.raises(EndpointConnectionError):
        older.get_caller_identity()
