// The page of a served cloud. What comes from the cloud is text, and is put in as text only.
"use strict";

const OWN = "/_archlib/";
const SHOWN = 300; // hops kept in the list
const REMEMBERED = 5000; // numbers of hops that are kept, to show none twice
const LIT = 1500; // milliseconds for which an arrow stays lit
const REFRESH = 1000; // milliseconds between two looks at outbox and logs, at the least
const POLL = 15000; // … and at the most

const $ = (id) => document.getElementById(id);
const copyOf = (id) => $(id).content.firstElementChild.cloneNode(true);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function made(tag, text = "", kind = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = kind;
  return element;
}

const chip = (text, kind = "") => made("span", text, `chip ${kind}`.trim());

// -- asking ------------------------------------------------------------------------------------

function connection(state, text) {
  const shown = $("connection");
  if (shown.textContent !== text) shown.textContent = text;
  shown.dataset.state = state;
}

async function ask(path, method = "GET", body = undefined) {
  const slow = setTimeout(() => connection("waiting", "the cloud is busy"), 1500);
  try {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const answer = await fetch(OWN + path, { method, headers, body: JSON.stringify(body) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error || `the server answered ${answer.status}`);
    return told;
  } finally {
    clearTimeout(slow);
    if (stream && stream.readyState === EventSource.OPEN) connection("live", "live");
  }
}

// -- lines to copy -----------------------------------------------------------------------------

function lineOf(text) {
  const line = copyOf("t-line");
  line.querySelector("code").textContent = text;
  line.querySelector("button").setAttribute("aria-label", `Copy: ${text}`);
  return line;
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  let done = true;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // No clipboard for pages of other machines: the old way, from a selection.
    getSelection().selectAllChildren(code);
    done = document.execCommand("copy");
  }
  button.textContent = done ? "Copied" : "Select it";
  setTimeout(() => (button.textContent = "Copy"), LIT);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});

// -- the server --------------------------------------------------------------------------------

let identity = null;

async function showServer() {
  const about = await ask("console/about");
  if (identity !== null && identity !== about.identity) return location.reload();
  identity = about.identity;
  $("reach").textContent =
    `${about.endpoint}, region ${about.region}, account ${about.account}: ${about.reach}.`;
  $("environment").replaceChildren(lineOf(about.environment.join("\n")));
  $("first-steps").replaceChildren(...about.first_steps.map(lineOf));
  $("proxy").hidden = about.by_proxy.length === 0;
  $("tls").textContent = `TLS is served at ${about.tls_endpoint} too.`;
  $("by-proxy").replaceChildren(...about.by_proxy.map(lineOf));
}

// -- stacks and pictures -----------------------------------------------------------------------

let stacks = "";
const arrows = new Map(); // "STACK KEY" -> where it is drawn: {arrow, badge, words, ends}
const counts = new Map();
const outcomes = new Map();

async function showStacks() {
  const told = (await ask("console/stacks")).stacks;
  if (JSON.stringify(told) === stacks) return;
  stacks = JSON.stringify(told);
  $("subject").textContent = told.map((stack) => stack.name).join(", ") || "a local cloud";
  $("no-stacks").hidden = told.length > 0;
  $("stack-list").replaceChildren(...told.map(stackOf));
  const designed = told.filter((stack) => stack.scenario !== null);
  $("no-picture").hidden = $("no-scenario").hidden = designed.length > 0;
  $("verify-buttons").replaceChildren(...designed.map(verifyButton));
  showVerification();
  arrows.clear();
  $("pictures").replaceChildren();
  await Promise.all(designed.flatMap((stack) => stack.pictures.map((one) => draw(stack, one))));
}

function stackOf(stack) {
  const article = copyOf("t-stack");
  const find = (selector) => article.querySelector(selector);
  const good = /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(stack.status);
  find(".name").textContent = stack.name;
  find(".chips").append(chip(stack.status, good ? "good" : "bad"));
  const design = stack.scenario === null ? "" : `, design ${stack.scenario}`;
  find(".about").textContent = `${stack.region}, since ${stamp(stack.created)}${design}`;
  find(".reason").textContent = stack.reason;
  find(".reason").hidden = !stack.reason;
  for (const output of stack.outputs) {
    const row = find(".outputs tbody").insertRow();
    const name = made("th", output.key);
    name.scope = "row";
    row.append(name);
    const cell = row.insertCell();
    cell.append(made("code", output.value));
    if (output.url && /^http:\/\//.test(output.url)) {
      const link = made("a", "open");
      link.href = output.url;
      link.target = "_blank";
      link.rel = "noreferrer";
      link.setAttribute("aria-label", `open ${output.key} in a new window`);
      cell.append(" ", link);
      find(".asked").append(lineOf(output.line));
    }
  }
  for (const resource of stack.resources) {
    if (resource.line !== null) find(".asked").append(lineOf(resource.line));
    const row = find(".resources tbody").insertRow();
    row.append(made("td", resource.logical_id), made("td", resource.type));
    row.insertCell().append(made("code", resource.physical_id));
  }
  find(".outputs").hidden = stack.outputs.length === 0;
  find(".resources summary").textContent = `${stack.resources.length} resources`;
  find(".resources .scroll").setAttribute("aria-label", `Resources of ${stack.name}`);
  return article;
}

async function draw(stack, picture) {
  const figure = copyOf("t-picture");
  const paper = figure.querySelector(".paper");
  figure.querySelector("figcaption").textContent = picture.title;
  paper.setAttribute("aria-label", `Diagram: ${picture.title}`);
  const words = new Map();
  for (const arrow of picture.arrows) {
    const item = made("li", arrow.title);
    const times = made("span", "", "quiet");
    item.append(" ", times);
    figure.querySelector("ul").append(item);
    words.set(arrow.key, times);
  }
  $("pictures").append(figure);
  const letters = document.createElement("link");
  letters.rel = "stylesheet";
  letters.href = `${OWN}console/${picture.css}`;
  const answer = await fetch(`${OWN}console/${picture.svg}`);
  if (!answer.ok) {
    paper.replaceChildren(made("p", `it could not be drawn: ${answer.status}`));
    return;
  }
  const parsed = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const svg = document.importNode(parsed.documentElement, true);
  paper.replaceChildren(letters, svg);
  const nodes = new Map([...svg.querySelectorAll("g.node")].map((g) => [g.dataset.name, g]));
  const badges = new Map([...svg.querySelectorAll("g.badge")].map((g) => [g.dataset.arrow, g]));
  for (const arrow of svg.querySelectorAll("g.arrow")) {
    const key = arrow.dataset.arrow;
    const ends = [nodes.get(arrow.dataset.source), nodes.get(arrow.dataset.target)];
    const name = `${stack.id} ${key}`;
    if (!arrows.has(name)) arrows.set(name, []);
    const place = { arrow, badge: badges.get(key), words: words.get(key), ends, timer: 0 };
    arrows.get(name).push(place);
    showCount(name, place);
  }
}

function showCount(name, place) {
  const count = counts.get(name) || 0;
  place.words.textContent = count ? `(taken ${times(count)})` : "(not taken yet)";
  if (!count) return;
  place.arrow.classList.add("taken");
  place.badge.classList.add("counted");
  for (const marked of [place.arrow, place.badge]) {
    marked.dataset.outcome = outcomes.get(name) || "done";
  }
  const text = place.badge.querySelector("text");
  text.removeAttribute("textLength");
  text.textContent = short(count);
  place.badge.querySelector("title").textContent = `taken ${times(count)}`;
}

const times = (count) => (count === 1 ? "once" : `${count} times`);
const short = (count) => (count < 1000 ? String(count) : `${Math.floor(count / 1000)}k`);

function light(place) {
  const parts = [place.arrow, ...place.ends].filter(Boolean);
  parts.forEach((part) => part.classList.add("lit"));
  clearTimeout(place.timer);
  place.timer = setTimeout(() => parts.forEach((part) => part.classList.remove("lit")), LIT);
}

// -- hops --------------------------------------------------------------------------------------

const known = new Set(); // numbers of the hops that have been shown
let waiting = [];
let flushing = 0;
let total = 0;

// What is before the stream's mark is never told again.
const forget = (mark) => known.forEach((number) => number < mark && known.delete(number));

function outcomeOf(hop) {
  if (hop.status >= 400) return "failed";
  return hop.cache === "hit" ? "hit" : "done";
}

function receive(hop, counted = false) {
  if (known.has(hop.number)) return;
  known.add(hop.number);
  for (const name of hop.way.arrows) {
    if (!counted) counts.set(name, (counts.get(name) || 0) + 1);
    outcomes.set(name, outcomeOf(hop));
  }
  if (counted) return;
  waiting.push(hop);
  if (!flushing) flushing = setTimeout(flush, 100);
}

function flush() {
  flushing = 0;
  const fresh = waiting;
  waiting = [];
  for (const name of new Set(fresh.flatMap((hop) => hop.way.arrows))) {
    for (const place of arrows.get(name) || []) {
      showCount(name, place);
      light(place);
    }
  }
  list(fresh);
  announce(fresh);
  if (fresh.some((hop) => hop.action.startsWith("cloudformation:"))) showStacks().catch(lost);
  refreshSoon();
}

function list(hops) {
  const shown = $("hop-list");
  // A hop's number is its place among all: an outer one ends after those within it.
  for (const hop of hops.slice(-SHOWN)) {
    const item = itemOf(hop);
    const before = [...shown.children].find((other) => Number(other.dataset.number) < hop.number);
    shown.insertBefore(item, before || null);
  }
  while (shown.children.length > SHOWN && !shown.lastChild.contains(document.activeElement)) {
    shown.lastChild.remove();
  }
  total += hops.length;
  $("hop-count").textContent = howMany(total, shown.children.length);
  $("no-hops").hidden = shown.children.length > 0;
  if (!shown.contains(document.activeElement)) makeTabbable(visible()[0]);
}

const howMany = (all, shown) =>
  all > shown && shown ? `${all}, the newest ${shown} here` : `${all || ""}`;

function itemOf(hop) {
  const item = copyOf("t-hop");
  const find = (selector) => item.querySelector(selector);
  item.dataset.number = hop.number;
  item.classList.toggle("of-administrator", hop.way.administrator);
  find("summary").tabIndex = -1;
  find(".number").textContent = hop.number;
  find(".route").textContent = routeOf(hop);
  find(".action").textContent = hop.action;
  find(".took").textContent = `${milliseconds(hop.duration)} ms`;
  find(".chips").append(chip(hop.status, hop.status >= 400 ? "bad" : "good"));
  if (hop.cache) find(".chips").append(chip(hop.cache, hop.cache === "hit" ? "good" : "info"));
  if (hop.way.drawn === false) find(".chips").append(chip("not drawn", "warn"));
  // Its rows are made when somebody looks.
  find("details").addEventListener("toggle", () => explain(find("dl"), hop), { once: true });
  return item;
}

const routeOf = (hop) =>
  hop.way.source === hop.way.target
    ? `${hop.way.source} (itself)`
    : `${hop.way.source} → ${hop.way.target}`;

const milliseconds = (seconds) => Number((seconds * 1000).toFixed(1));

function explain(rows, hop) {
  const { iam, reason, ...rest } = hop.detail;
  const told = {
    "decided by": iam, reason, error: hop.error, principal: hop.principal,
    from: hop.source, to: hop.target, began: stamp(hop.start * 1000),
    below: hop.parent === null ? null : `hop ${hop.parent}`, ...rest,
  };
  for (const [name, value] of Object.entries(told)) {
    if (value === null || value === undefined || value === "") continue;
    rows.append(made("dt", name.replaceAll("_", " ")), made("dd", String(value)));
  }
}

let unsaid = [];
let saying = 0;

// Said at once, then every other second at the most, with how many there were meanwhile.
function announce(hops) {
  unsaid.push(...hops);
  if (!saying) say();
}

function say() {
  saying = 0;
  if (!unsaid.length) return;
  const newest = unsaid[unsaid.length - 1];
  const many = unsaid.length > 1 ? `${unsaid.length} new hops, the last: ` : "";
  const cache = newest.cache ? `, cache ${newest.cache}` : "";
  $("said").textContent =
    `${many}${newest.action}, ${newest.way.source} to ${newest.way.target}, ` +
    `${newest.status}${cache}`;
  unsaid = [];
  saying = setTimeout(say, 2000);
}

// One stop for the tabulator key in the whole list; arrow keys go on from there.
const visible = () =>
  [...document.querySelectorAll("#hop-list summary")].filter((one) => one.offsetParent !== null);

function makeTabbable(summary) {
  for (const other of document.querySelectorAll('#hop-list summary[tabindex="0"]')) {
    other.tabIndex = -1;
  }
  if (summary) summary.tabIndex = 0;
}

$("hop-list").addEventListener("focusin", (event) => {
  if (event.target.matches("summary")) makeTabbable(event.target);
});

$("hop-list").addEventListener("keydown", (event) => {
  if (!event.target.matches("summary")) return;
  const all = visible();
  const at = all.indexOf(event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (all[to]) all[to].focus();
});

$("administrator").addEventListener("change", (event) => {
  $("hop-list").classList.toggle("flows", !event.target.checked);
  makeTabbable(visible()[0]);
});

$("clear").addEventListener("click", () => {
  $("hop-list").replaceChildren();
  $("no-hops").hidden = false;
});

// -- the stream --------------------------------------------------------------------------------

let stream = null;

async function follow() {
  const told = await ask("console/hops");
  known.clear();
  counts.clear();
  for (const [name, count] of Object.entries(told.counts)) counts.set(name, count);
  for (const hop of told.hops) receive(hop, true);
  total = told.total - told.hops.length;
  $("hop-list").replaceChildren();
  list(told.hops);
  for (const [name, places] of arrows) places.forEach((place) => showCount(name, place));
  stream = new EventSource(`${OWN}trace/stream?since=${told.mark}`);
  stream.addEventListener("hop", (event) => {
    receive(JSON.parse(event.data));
    if (known.size > REMEMBERED) forget(Number(event.lastEventId));
  });
  stream.addEventListener("open", () => {
    connection("live", "live");
    showServer().catch(lost);
  });
  stream.addEventListener("error", () => connection("lost", "not connected"));
}

function lost(error) {
  connection("lost", error instanceof TypeError ? "not connected" : error.message);
}

// -- outbox and logs ---------------------------------------------------------------------------

let refreshing = 0;
let refreshed = 0;

function refreshSoon() {
  if (refreshing) return;
  const due = Math.max(200, refreshed + REFRESH - performance.now());
  refreshing = setTimeout(refresh, due);
}

async function refresh() {
  clearTimeout(refreshing);
  refreshing = -1;
  try {
    await showOutbox();
    await showLogs();
    await showClock();
  } catch (error) {
    lost(error);
  }
  refreshed = performance.now();
  refreshing = 0;
}

let sent = 0;

async function showOutbox() {
  const { count, messages } = await ask("console/outbox");
  $("outbox-count").textContent = howMany(count, messages.length);
  $("no-mail").hidden = count > 0;
  for (const message of messages.slice(Math.max(0, messages.length - (count - sent)))) {
    $("messages").prepend(messageOf(message));
  }
  sent = count;
  while ($("messages").children.length > messages.length) $("messages").lastChild.remove();
}

function messageOf(message) {
  const shown = copyOf("t-message");
  const find = (selector) => shown.querySelector(selector);
  find(".subject").textContent = message.subject || message.body;
  find(".chips").append(chip(message.channel, "info"));
  if (message.code) find(".chips").append(chip(`code ${message.code}`));
  find(".to").textContent = `to ${message.to}, ${stamp(message.sent_at)}, ${message.kind}`;
  find("pre").textContent = message.body;
  return shown;
}

const groups = new Map();

async function showLogs() {
  const told = (await ask("console/logs")).groups;
  const names = new Set();
  for (const { region, group, lines } of told) {
    const name = `${region} ${group}`;
    names.add(name);
    if (!groups.has(name)) {
      const shown = copyOf("t-log");
      shown.querySelector(".group").textContent = group;
      shown.querySelector(".count").textContent = region;
      $("log-groups").append(shown);
      groups.set(name, shown);
    }
    const pre = groups.get(name).querySelector("pre");
    // Lambda ends the lines of a traceback with carriage returns.
    const text = lines
      .map((line) => `${clockOf(line.at)}  ${line.message.replace(/\r\n?/g, "\n")}`)
      .join("\n");
    if (pre.textContent === (text || "empty")) continue;
    const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 40;
    pre.textContent = text || "empty";
    if (atEnd) pre.scrollTop = pre.scrollHeight;
  }
  for (const [name, shown] of groups) {
    if (names.has(name)) continue;
    shown.remove();
    groups.delete(name);
  }
  $("no-logs").hidden = groups.size > 0;
}

// -- the clock ---------------------------------------------------------------------------------

let clock = null; // {now: seconds, read: milliseconds of this page}

const stamp = (when) =>
  new Date(when).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
const clockOf = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 23);

function span(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].map(([size, unit]) => {
    const whole = Math.floor(seconds / size);
    seconds -= whole * size;
    return whole ? `${whole} ${unit}` : "";
  });
  return parts.filter(Boolean).join(" ") || "0 s";
}

function setClock(told) {
  clock = { now: told.now, read: performance.now() };
  $("advanced").textContent = told.advanced
    ? `advanced by ${span(Math.round(told.advanced))} beyond real time`
    : "runs along with real time";
  tick();
}

function tick() {
  if (clock === null) return;
  const text = stamp(clock.now * 1000 + performance.now() - clock.read);
  $("now").textContent = $("header-now").textContent = text;
}

async function showClock() {
  setClock(await ask("clock"));
}

async function advance(seconds) {
  const pressed = document.activeElement;
  const buttons = document.querySelectorAll("#clock button");
  buttons.forEach((button) => (button.disabled = true));
  $("clock-said").textContent = `advancing by ${span(seconds)} …`;
  try {
    setClock(await ask("clock", "POST", { advance: seconds }));
    $("clock-said").textContent = `advanced by ${span(seconds)}`;
  } catch (error) {
    $("clock-said").textContent = error.message;
  }
  buttons.forEach((button) => (button.disabled = false));
  if (pressed && pressed.closest("#clock")) pressed.focus();
  refreshSoon();
}

document.querySelectorAll("[data-advance]").forEach((button) =>
  button.addEventListener("click", () => advance(Number(button.dataset.advance))));

$("advance-form").addEventListener("submit", (event) => {
  event.preventDefault();
  advance(Number($("amount").value) * Number($("unit").value));
});

// -- verdicts ----------------------------------------------------------------------------------

const KINDS = { met: "good", "not met": "bad", unknown: "warn" };
let watching = false;

function verifyButton(stack) {
  const button = made("button", `Verify ${stack.name}`, "first");
  button.type = "button";
  button.addEventListener("click", () => verify(stack));
  return button;
}

async function verify(stack) {
  $("report").replaceChildren();
  try {
    showRun(await ask("console/verification", "POST", { stack: stack.id }));
  } catch (error) {
    $("verify-said").textContent = error.message;
  }
  showVerification();
}

async function showVerification() {
  if (watching) return;
  watching = true;
  try {
    let run = await ask("console/verification");
    while (showRun(run)) {
      await wait(700);
      run = await ask("console/verification");
    }
  } catch (error) {
    lost(error);
  }
  watching = false;
}

function showRun(run) {
  const running = run.state === "running";
  $("verifying").hidden = !running;
  document.querySelectorAll("#verify-buttons button").forEach((button) => {
    button.disabled = running;
  });
  if (running) {
    const step = run.steps[run.steps.length - 1] || "starting";
    $("verify-step").textContent = `${step} (${Math.round(run.seconds)} s)`;
    $("verify-said").textContent = "";
  } else if (run.state === "done") {
    showReport(run);
  } else if (run.state !== "none") {
    $("verify-said").textContent = run.error || "cancelled";
  }
  return running;
}

function showReport(run) {
  const verdicts = run.report.verdicts;
  const met = verdicts.filter((verdict) => verdict.outcome === "met").length;
  const said = `${met} of ${verdicts.length} requirements met, in ${span(Math.round(run.seconds))}`;
  $("verify-said").textContent = said;
  const shown = copyOf("t-report");
  shown.querySelector("caption").textContent =
    `${run.scenario}, judged by the template of ${run.stack} as it was then`;
  for (const verdict of verdicts) {
    const row = shown.querySelector("tbody").insertRow();
    const name = made("th");
    name.scope = "row";
    name.append(made("span", verdict.requirement, "quiet"), ` ${verdict.title}`);
    const list = made("ul");
    for (const finding of verdict.findings) {
      const item = made("li");
      item.append(made("strong", finding.title), `: ${finding.observed}`);
      if (finding.outcome !== "met") item.append(" ", outcomeChip(finding.outcome));
      list.append(item);
    }
    row.append(name);
    row.insertCell().append(outcomeChip(verdict.outcome));
    row.insertCell().append(list);
  }
  $("report").replaceChildren(shown);
}

const outcomeChip = (outcome) => chip(outcome, KINDS[outcome] || "");

$("verify-cancel").addEventListener("click", () =>
  ask("console/verification", "DELETE").then(showRun, lost));

// -- begin -------------------------------------------------------------------------------------

async function begin() {
  try {
    await showServer();
    const drawing = showStacks();
    await follow();
    await refresh();
    await drawing;
  } catch (error) {
    lost(error);
    if (stream === null) setTimeout(begin, 3000);
  }
}

setInterval(tick, 1000);
setInterval(() => document.hidden || refreshSoon(), POLL);
begin();
