// The gate's page: what is told once, and what the stream of events adds to it.
import { Flood, ask, bars, clock, counted, day, grouped, legend, make, name, row } from "./parts.js";
import { enforce, observe, say, suggestions } from "./switch.js";

const $ = (id) => document.getElementById(id);
const mostRows = 200;
const rank = ["loses", "breaks", "unsettled", "doubtful", "untold", "unknown", "early", "ready", "holds", "left"];

class Page {
  constructor() {
    this.last = null; // the newest id that was shown
    this.seen = new Set();
    this.lines = new Map();
    this.lastVerdict = null;
    this.told = { domains: [], tenants: [], pins: [], fault: "" };
    $("pause").addEventListener("click", () => this.pause());
    $("leave").addEventListener("click", async () => { await ask("/api/sign-out", {}).catch(() => {}); location.reload(); });
    $("find-domain").querySelector("input").addEventListener("input", () => this.findDomain());
    document.addEventListener("visibilitychange", () => { document.hidden ? this.close() : this.open(); });
    setInterval(() => this.tick(), 1000);
    $("chart-legend").append(...legend());
  }

  async start(state) {
    $("sign-in").hidden = true;
    for (const id of ["app", "pause", "leave"]) $(id).hidden = false;
    this.show(state);
    await this.renew();
    this.open();
  }

  // A browser has six connections to a host: a page that nobody sees gives its own back.
  open() {
    if (this.stream || this.paused || $("app").hidden || document.hidden) return;
    this.stream = new EventSource(this.last === null ? "/events" : `/events?after=${this.last}`);
    this.stream.addEventListener("open", () => this.connected(true));
    this.stream.addEventListener("state", (event) => { this.connected(true); this.show(JSON.parse(event.data)); });
    this.stream.addEventListener("row", (event) => this.add(Number(event.lastEventId), JSON.parse(event.data)));
    this.stream.addEventListener("flood", (event) => this.flood(Number(event.lastEventId), JSON.parse(event.data)));
    this.stream.addEventListener("error", () => this.lost());
  }

  close() {
    this.stream?.close();
    this.stream = null;
  }

  async lost() {
    this.connected(false);
    if (this.stream?.readyState !== EventSource.CLOSED) return;
    // It was answered with an error: signed out, or too many look.
    this.close();
    try { await ask("/api/state"); } catch (error) {
      if (error.status === 401) return signIn();
    }
    setTimeout(() => this.open(), 3000);
  }

  connected(is) {
    if (this.isConnected === is) return;
    this.isConnected = is;
    $("live").textContent = is ? "live" : `not connected since ${clock(Date.now() / 1000)}, trying again`;
    $("live").className = is ? "good" : "bad";
  }

  pause() {
    this.paused = !this.paused;
    $("pause").setAttribute("aria-pressed", String(this.paused));
    if (this.paused) { this.close(); this.isConnected = null; $("live").textContent = "paused"; $("live").className = "ask"; } else this.open();
  }

  tick() {
    const ago = this.lastVerdict === null ? null : Math.max(0, Math.round(Date.now() / 1000 - this.lastVerdict));
    $("ago").textContent = ago === null ? "" : ago < 120 ? `last verdict ${ago} s ago` : `last verdict ${Math.round(ago / 60)} min ago`;
  }

  add(id, each) {
    if (this.seen.has(id)) return;
    this.seen.add(id);
    this.put(id, row(each));
    this.current = null;
    this.lastVerdict = each.time;
  }

  flood(id, each) {
    const now = Date.now() / 1000;
    if (this.current?.minute !== Math.floor(now / 60)) {
      this.current = new Flood(now);
      this.put(id, this.current.element);
    }
    this.last = id;
    this.current.add(each);
    this.lastVerdict = now;
  }

  put(id, element) {
    this.last = id;
    const table = $("rows");
    table.tHead.after(element);
    while (table.tBodies.length > mostRows) table.tBodies[table.tBodies.length - 1].remove();
    if (this.seen.size > 4 * mostRows) this.seen = new Set([...this.seen].slice(-mostRows));
    $("nothing").hidden = true;
  }

  show(state) {
    this.state = state;
    document.title = `${state.host}: Postern gate`;
    $("on").replaceChildren("on ", name(state.host));
    const headline = $("headline");
    if (headline.textContent !== state.headline) headline.textContent = state.headline;
    headline.className = state.tone === "calm" ? "" : state.tone;
    const sum = (key) => state.hour[key].reduce((a, b) => a + b, 0);
    const up = `since ${day(state.started)} UTC`;
    const counters = [
      [sum("refused") + sum("refused_legitimate"), "refused, last hour"], [sum("would_refuse"), "would refuse"],
      [sum("exception"), "by exception"], [sum("undetermined"), "can’t tell"], [state.passed, `messages passed, ${up}`],
      [state.dropped, "ledger records dropped"], [state.hop_failures, "next hop failures"],
    ];
    $("counters").replaceChildren(...counters.map(([number, words]) => make("li", {}, make("b", {}, grouped(number)), make("span", {}, words))));
    bars($("bars"), state.hour);
    $("chart-from").textContent = clock(state.now - 59 * 60).slice(0, 5);
    $("chart-to").textContent = clock(state.now).slice(0, 5);
    this.minutes(state);
    this.trust(state);
    this.domains(state);
    if (!$("nothing").hidden) this.nothing(state);
    const mark = JSON.stringify([state.survey?.made, state.domains.map((each) => each.set)]);
    if (this.mark !== undefined && this.mark !== mark) this.renew();
    this.mark = mark;
  }

  minutes({ hour, now }) {
    const body = $("minutes").tBodies[0];
    if (!$("minutes").closest("details").open) return;
    const keys = ["refused_legitimate", "refused", "would_refuse", "undetermined", "exception"];
    const lines = [];
    for (let i = 59; i >= 0; --i) {
      if (keys.every((key) => hour[key][i] === 0)) continue;
      lines.push(make("tr", {}, make("th", { scope: "row" }, clock(now - (59 - i) * 60).slice(0, 5)),
        ...keys.map((key) => make("td", { class: "number" }, grouped(hour[key][i])))));
    }
    body.replaceChildren(...lines);
  }

  trust({ survey, ledger, hashed, left_aside: aside }) {
    const words = [];
    if (!ledger) words.push("No ledger is kept: add [ledger] with file to gate.toml to see who would break.");
    if (survey) {
      words.push(`Who would break is from ${counted(survey.rows, "record")} of the last ${survey.days} days, looked at ${clock(survey.made)}.`);
      if (survey.cut) words.push(`Older ones than ${day(survey.first)} UTC were left out: ask postern impact for all of them.`);
      if (survey.bad > 0) words.push(`${counted(survey.bad, "record")} can’t be understood.`);
      if (survey.of_others > 0) words.push(`${counted(survey.of_others, "record")} are of domains that nobody here has any more.`);
    }
    if (hashed) words.push("Local parts of addresses are keyed hashes (hash_key_file).");
    $("trust").textContent = [...words, ...aside].join(" ");
  }

  nothing(state) {
    const domain = state.domains[0]?.name ?? "contoso.com";
    $("nothing").replaceChildren(state.ledger
      ? make("span", {}, "Nothing yet. Send one to see it: ", make("code", {}, `swaks --server GATE --from ceo@${domain} --to you@${domain}`))
      : "No ledger is kept, so nothing can be shown one by one: add [ledger] with file to gate.toml.");
  }

  domains(state) {
    const body = $("domain-table").tBodies[0];
    for (const domain of state.domains) {
      const mark = JSON.stringify(domain);
      const line = this.lines.get(domain.name);
      if (line?.mark === mark) continue;
      const made = this.line(domain);
      if (line) line.element.replaceWith(made); else body.append(made);
      this.lines.set(domain.name, { mark, element: made, stage: domain.stage });
    }
    const here = new Set(state.domains.map((each) => each.name));
    for (const [gone, { element }] of this.lines) {
      if (!here.has(gone)) { element.remove(); this.lines.delete(gone); }
    }
    // Worst first; not under the hand of who is about to press.
    const order = [...this.lines].sort(([a, x], [b, y]) => rank.indexOf(x.stage) - rank.indexOf(y.stage) || (a < b ? -1 : 1));
    const wanted = order.map(([key]) => key).join();
    if (wanted !== this.order && !body.contains(document.activeElement)) {
      this.order = wanted;
      body.append(...order.map(([, { element }]) => element));
    }
    $("find-domain").hidden = state.domains.length <= 10;
  }

  findDomain() {
    const needle = $("find-domain").querySelector("input").value.trim().toLowerCase();
    let found = 0;
    for (const [key, { element }] of this.lines) {
      element.hidden = !key.includes(needle);
      if (!element.hidden) ++found;
    }
    $("found-domains").textContent = needle === "" ? "" : `${found} of ${counted(this.lines.size, "domain")}`;
  }

  line(domain) {
    const done = () => this.changed();
    const button = (mode, act) => make("button", { type: "button", "aria-pressed": String(domain.mode === mode),
      onclick: () => { if (domain.mode !== mode) act(this.state.domains.find((each) => each.name === domain.name) ?? domain, done); } }, mode);
    const modes = domain.offered
      ? make("span", { class: "modes", role: "group", "aria-label": `Mode of ${domain.name}` }, button("observe", observe), button("enforce", enforce))
      : make("span", {}, `${domain.mode}${domain.locked ? ", locked in gate.toml" : ", by gate.toml"}`);
    const { legitimate, unclear } = domain;
    const breaks = legitimate === undefined ? "not known"
      : legitimate.messages > 0 ? `${grouped(legitimate.messages)} from ${counted(legitimate.senders, "sender")}`
        : unclear.messages > 0 ? `0; ${grouped(unclear.messages)} may be` : "0";
    const set = domain.set ? ` Set here ${day(domain.set.since)} UTC by ${domain.set.who}; gate.toml says ${domain.in_file}.` : "";
    return make("tr", {}, make("th", { scope: "row" }, name(domain.name)), make("td", {}, modes),
      make("td", { class: "number" }, domain.rows === undefined ? "not known" : grouped(domain.rows)),
      make("td", { class: `number ${legitimate?.messages > 0 ? (domain.mode === "enforce" ? "bad" : "ask") : ""}` }, breaks),
      make("td", { class: "dim" }, domain.note, name(set)));
  }

  async changed() {
    this.show(await ask("/api/state"));
    await this.renew();
  }

  async renew() {
    try {
      this.told = await ask("/api/senders");
      suggestions($("suggestions"), this.state, this.told, () => this.changed());
      this.senders();
      this.changes(await ask("/api/changes"));
    } catch (error) {
      if (error.status === 401) signIn(); else say(error.message);
    }
  }

  senders() {
    const tables = [];
    for (const tenant of this.told.tenants) {
      const lines = tenant.senders.map((each) => make("tr", {},
        make("th", { scope: "row" }, name(each.name)), make("td", {}, each.kind), make("td", {}, each.standing),
        make("td", { class: "number" }, grouped(each.messages)), make("td", { class: "number" }, grouped(each.days)),
        make("td", { class: "number" }, grouped(each.at_stake)), make("td", {}, name(each.remedy))));
      tables.push(make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Senders of ${tenant.name}` },
        make("table", { class: "lines" }, make("caption", {}, name(tenant.answer)), make("thead", {}, make("tr", {},
          ...["Sender", "Kind", "Standing"].map((words) => make("th", { scope: "col" }, words)),
          ...["messages", "days", "enforcing refuses, or may"].map((words) => make("th", { scope: "col", class: "number" }, words)),
          make("th", { scope: "col" }, "What it needs"))), make("tbody", {}, ...lines))));
      if (tenant.not_shown > 0) tables.push(make("p", { class: "dim" }, `and ${counted(tenant.not_shown, "sender")} more: postern impact shows all of them`));
    }
    for (const pin of this.told.pins) {
      tables.push(make("p", {}, "Pinned as forged: ", name(pin.sender), ` (${pin.addresses.join(", ")}), ${day(pin.since)} UTC by `, name(pin.who), " ",
        make("button", { type: "button", onclick: async () => {
          try { await ask("/api/pin", { sender: pin.sender, forged: "no" }); await this.changed(); } catch (error) { say(error.message); }
        } }, "Undo")));
    }
    $("sender-tables").replaceChildren(...tables);
    $("senders-told").textContent = this.told.fault !== "" ? this.told.fault : this.state.ledger
      ? "Everybody who sent as one of your domains without signing in, as postern impact sees the ledger." : "Not known: no ledger is kept.";
  }

  changes({ changes, kept, state_file: file }) {
    const words = (each) => each.what === "mode" ? `${each.before} → ${each.after}` : each.after === "forged" ? "it is forged" : "no pin any more";
    const lines = changes.map((each) => make("tr", {}, make("td", {}, `${day(each.time)} UTC`), make("th", { scope: "row" }, name(each.name)),
      make("td", {}, words(each)), make("td", {}, name(each.who)), make("td", {}, name(each.reason))));
    $("change-table").replaceChildren(
      lines.length === 0 ? make("p", { class: "dim" }, kept ? "Nobody changed anything here." : "No ledger is kept, so no history is.")
        : make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "What was changed here" },
          make("table", { class: "lines" }, make("caption", { class: "off" }, "Changes, the newest first"), make("thead", {}, make("tr", {},
            ...["When", "What", "Change", "Who", "Why"].map((title) => make("th", { scope: "col" }, title)))), make("tbody", {}, ...lines))),
      make("p", { class: "dim" }, "What is set here is kept in ", make("code", {}, name(file)), " and goes before gate.toml."));
  }
}

function signIn() {
  page?.close();
  for (const id of ["app", "pause", "leave"]) $(id).hidden = true;
  $("sign-in").hidden = false;
  $("sign-in-form").elements.who.focus();
}

const page = new Page();
$("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = $("sign-in-form");
  $("sign-in-told").textContent = "";
  try {
    await ask("/api/session", { who: form.elements.who.value, token: form.elements.token.value });
    form.elements.token.value = "";
    await page.start(await ask("/api/state"));
  } catch (error) { $("sign-in-told").textContent = error.message; }
});
try {
  await page.start(await ask("/api/state"));
} catch (error) {
  if (error.status === 401) signIn(); else $("live").textContent = `no answer: ${error.message}`;
}
