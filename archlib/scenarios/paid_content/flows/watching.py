"""Watching: on four continents, together, in ranges, as a stream; and what it all leaves behind."""

from __future__ import annotations

import json
from typing import Any

from archlib.scenarios.operators import log_lines, stack_functions
from archlib.scenarios.paid_content.studio import (
    MANIFEST,
    MOON,
    SEGMENTS,
    SIZE,
    TIDE,
    publish,
    segment,
    stored_key,
)
from archlib.scenarios.paid_content.viewers import (
    CITIES,
    ask,
    ask_link,
    content,
    link,
    play,
    premium,
)
from archlib.verify import Site

#: A crowd's requests: two buyers in turn, each with a link of its own every time.
CROWD = 20


def worldwide_flow(site: Site) -> None:
    """Two buyers of one video, in each city one after the other; then a crowd in one city."""
    publish(site)
    ana, ben = premium(site, "ana.worldwide", MOON), premium(site, "ben.worldwide", MOON)
    for city in CITIES:
        with site.step(f"Ana in {city}") as step, site.at(city):
            step.result = play(link(site, ana, MOON))
        with site.step(f"Ben in {city}") as step, site.at(city):
            step.result = play(link(site, ben, MOON))
    with site.step("a crowd") as step, site.at(CITIES[0]):
        step.result = []
        for turn in range(CROWD):
            target = link(site, (ana, ben)[turn % 2], MOON)
            step.result.append((target, play(target)))
            site.wait(seconds=1)


def abroad_flow(site: Site) -> None:
    """The same video fetched twice from each city, by whatever links the design hands out."""
    publish(site)
    ana = premium(site, "ana.abroad", MOON)
    for city in CITIES:
        target = link(site, ana, MOON)
        for turn in ("first", "again"):
            with site.step(f"{city} {turn}") as step, site.at(city):
                step.result = play(target)


def playing_flow(site: Site) -> None:
    """A player's requests: ranges of a file; a manifest and its segments, two ways."""
    publish(site)
    ana, ben = premium(site, "ana.playing", MOON), premium(site, "ben.playing", MOON)
    target = link(site, ana, MOON)
    with site.step("the beginning") as step:
        step.result = play(target, 0, 65_535)
    with site.step("a seek") as step:
        step.result = play(target, 200_000, 210_000)
    with site.step("the end") as step:
        step.result = play(target, SIZE - 1_000)
    with site.step("past the end") as step:
        step.result = play(target, SIZE + 1)
    with site.step("the beginning, another buyer") as step:
        step.result = play(link(site, ben, MOON), 0, 65_535)
    with site.step("a stream's link") as step:
        step.result = ask_link(site, ana, MOON, "stream")
        query = step.result.value("query")
    with site.step("the stream by query string") as step:
        step.result = {
            name: play(content(site, MOON.part(name), query)) for name in _stream_files()
        }
    with site.step("a stream's cookies") as step:
        step.result = ask_link(site, ana, MOON, "cookies")
        step.result.value("cookies")
        cookies = "; ".join(f"{k}={v}" for k, v in step.result.json["cookies"].items())
    with site.step("the stream by cookies") as step:
        step.result = {
            name: play(content(site, MOON.part(name)), Cookie=cookies) for name in _stream_files()
        }
    with site.step("another video by these") as step:
        step.result = {
            "query string": play(content(site, TIDE.part("index.m3u8"), query)),
            "cookies": play(content(site, TIDE.part("index.m3u8")), Cookie=cookies),
        }


def _stream_files() -> tuple[str, ...]:
    return ("index.m3u8", *(f"segment{n}.ts" for n in range(SEGMENTS)))


def expected(name: str) -> bytes:
    """What a file of the Moon's stream holds."""
    if name == "index.m3u8":
        return MANIFEST.encode()
    return segment(MOON, int(name.removeprefix("segment").removesuffix(".ts")))


def look_flow(site: Site) -> None:
    """What an administrator finds: logs, environments, parameters; and the key nowhere in them."""
    publish(site)
    ana = premium(site, "ana.look", MOON)
    with site.step("something for each function") as step:
        step.result = [ask(site, "GET", "/member", ana), ask_link(site, ana, MOON)]
    functions = stack_functions(site, site.outputs["LinkFunctionName"])
    with site.step("look into the logs") as step:
        step.result = {name: log_lines(site, made) for name, made in functions.items()}
    with site.step("look for the key") as step:
        step.result = _places(site, functions)
    with site.step("the key itself") as step:
        found = json.loads(stored_key(site))
        step.result = {
            "private": "PRIVATE KEY" in found["privateKey"],
            "id": found["keyPairId"] == site.outputs["KeyPairId"],
        }


def _places(site: Site, functions: dict[str, str]) -> dict[str, bool]:
    """Places of the stack by name, and whether a line of the private key can be read there."""
    lines = [line for line in json.loads(stored_key(site))["privateKey"].split("\n")[1:-1] if line]
    cloudformation = site.operator("cloudformation")
    stack = cloudformation.describe_stack_resources(
        PhysicalResourceId=site.outputs["LinkFunctionName"]
    )["StackResources"][0]["StackName"]
    texts: dict[str, Any] = {
        "template": cloudformation.get_template(StackName=stack)["TemplateBody"],
        "stack": cloudformation.describe_stacks(StackName=stack)["Stacks"],
        "events": cloudformation.describe_stack_events(StackName=stack)["StackEvents"],
    }
    for name, made in functions.items():
        texts[f"environment of {name}"] = site.operator("lambda").get_function_configuration(
            FunctionName=made
        )
        texts[f"log of {name}"] = log_lines(site, made)
    return {name: any(line in str(text) for line in lines) for name, text in texts.items()}
