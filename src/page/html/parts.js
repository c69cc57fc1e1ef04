// Pieces of the page. Text becomes a text node, always: what mail says is never read as markup.

const vector = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((each) => each !== undefined && each !== null));
  return element;
}

export function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// What is somebody else's text, kept apart from the direction of ours.
export function name(text) {
  return make("bdi", {}, text);
}

function draw(kind, attributes) {
  return fill(document.createElementNS(vector, kind), attributes, []);
}

export function grouped(number) {
  return number.toLocaleString("en");
}

export function counted(number, singular) {
  return `${grouped(number)} ${singular}${number === 1 ? "" : "s"}`;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

export function day(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

export async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({ error: answer.statusText }));
  if (!answer.ok) throw Object.assign(new Error(said.error), { status: answer.status });
  return said;
}

// Bottom first; the colour says whether it is good or bad for who looks.
const parts = [
  ["exception", "good", "let through by an exception"],
  ["undetermined", "ask", "would refuse, or can’t tell"],
  ["would_refuse", "ask", ""],
  ["refused", "calm", "refused"],
  ["refused_legitimate", "bad", "refused, looks legitimate"],
];

export function legend() {
  return parts.filter(([, , words]) => words !== "").reverse()
    .map(([, tone, words]) => make("span", { class: `key ${tone}` }, words));
}

// One bar a minute, in a box of 600 by 72.
export function bars(svg, hour) {
  const minutes = hour.refused.length;
  const totals = hour.refused.map((_, i) => parts.reduce((sum, [key]) => sum + hour[key][i], 0));
  const most = Math.max(1, ...totals);
  const wide = 600 / minutes;
  const drawn = [];
  for (let i = 0; i < minutes; ++i) {
    let top = 71;
    for (const [key, tone] of parts) {
      if (hour[key][i] === 0) continue;
      const high = Math.max(1, (hour[key][i] / most) * 68);
      top -= high;
      const place = { x: i * wide + 0.5, y: top, width: wide - 1, height: high };
      drawn.push(draw("rect", { ...place, class: tone }));
      if (tone === "bad") drawn.push(draw("rect", { ...place, fill: "url(#hatch)" }));
    }
  }
  svg.replaceChildren(...drawn);
  const sum = (key) => hour[key].reduce((a, b) => a + b, 0);
  svg.setAttribute("aria-label", `In the last hour: ${sum("refused") + sum("refused_legitimate")} refused, of which ` +
    `${sum("refused_legitimate")} look legitimate; ${sum("would_refuse")} would be refused, ` +
    `${sum("undetermined")} can’t be told, ${sum("exception")} were let through by an exception.`);
}

const verdicts = {
  refused: ["refused", "calm"],
  would_refuse: ["would refuse", "ask"],
  undetermined: ["can’t tell", "ask"],
  exception: ["exception", "good"],
};

export function row(each) {
  const [words, tone] = verdicts[each.outcome] ?? [each.outcome, "calm"];
  const hurts = each.outcome === "refused" && each.looks === "legitimate";
  const looks = each.looks === "unclear" ? "" : `; looks ${each.looks}`;
  return make("tbody", {},
    make("tr", {}, make("td", {}, clock(each.time)), make("td", { class: hurts ? "bad" : tone }, words),
      make("td", {}, each.client || "unknown"), make("td", {}, name(each.sender)), make("td", {}, name(each.recipient))),
    make("tr", { class: "why" }, make("td", {}),
      make("td", { colspan: 4 }, name(each.mode === "observe" ? `observe: ${each.why}${looks}` : `${each.why}${looks}`))));
}

// Rows of one minute that came too fast for eyes.
export class Flood {
  constructor(time) {
    this.minute = Math.floor(time / 60);
    this.rows = 0;
    this.clients = new Map();
    this.words = make("td", { colspan: 4 });
    this.element = make("tbody", { class: "flood" }, make("tr", {}, make("td", {}, clock(time)), this.words));
  }

  add(flood) {
    this.rows += flood.rows;
    for (const { client, rows } of flood.clients) this.clients.set(client, (this.clients.get(client) ?? 0) + rows);
    const busiest = [...this.clients].sort((a, b) => b[1] - a[1]).slice(0, 3)
      .map(([client, rows]) => `${client}, ${grouped(rows)}`).join("; ");
    this.words.textContent = `${grouped(this.rows)} in this minute, too many to show: ${busiest}`;
  }
}
