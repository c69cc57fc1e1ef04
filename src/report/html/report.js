// Finds, sorts and saves what the page holds. Without it everything but the long tail is there.
// The data of all senders: columns as JSON, gzip, base64 (html/tail.cpp).
const block = document.getElementById("tail");
const form = document.getElementById("find");

// What must be on paper is open there.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details.paper")) fold.open = true;
});

function say(text) {
  document.getElementById("find-told").textContent = text;
}

function start() {
  form.hidden = false;
  if (!("DecompressionStream" in window)) {
    say("This browser can’t unpack the long list; the senders below are in the page itself.");
    form.querySelectorAll("input, select, button").forEach((each) => { each.disabled = true; });
    return;
  }
  new Finder();
}

async function unpack(text) {
  const octets = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

const rowHeight = 32;
const kept = 40;

class Finder {
  constructor() {
    this.needle = form.elements.needle;
    this.group = form.elements.group;
    this.found = document.getElementById("found");
    this.groups = document.getElementById("groups");
    this.sort = { column: "messages", up: false };
    form.addEventListener("submit", (event) => event.preventDefault());
    this.needle.addEventListener("input", () => this.look());
    this.group.addEventListener("change", () => this.look());
    form.elements.all.addEventListener("click", () => { this.all = true; this.look(); });
    form.elements.save.addEventListener("click", () => this.save());
    this.found.addEventListener("scroll", () => this.draw(), { passive: true });
    for (const button of this.found.querySelectorAll("th button")) {
      button.addEventListener("click", () => {
        const column = button.dataset.column;
        this.sort = { column, up: this.sort.column === column ? !this.sort.up : typeof this.data[column][0] === "string" };
        this.look();
      });
    }
  }

  async load() {
    if (!this.loading) {
      this.loading = unpack(block.textContent).then((data) => {
        const { name, sends, subject, kind, group } = data;
        data.verdict = data.switched.map((_, i) => data.verdicts[data.switched[i]]);
        data.plan = data.planned.map((_, i) => data.verdicts[data.planned[i]] ?? "–");
        data.kind = kind.map((i) => data.kinds[i]);
        data.where = group.map((i) => data.groups[i]);
        this.hay = name.map((each, i) => `${each}\n${sends[i]}\n${subject[i]}\n${data.kind[i]}`.toLowerCase());
        this.data = data;
      });
    }
    return this.loading.catch(() => say("The data of this page can’t be read."));
  }

  async look() {
    await this.load();
    if (!this.data) return;
    const needle = this.needle.value.trim().toLowerCase();
    const wanted = this.group.value;
    const idle = needle === "" && wanted === "" && !this.all;
    this.found.hidden = idle;
    this.groups.hidden = !idle;
    if (needle !== "" || wanted !== "") this.all = false;
    if (idle) { say(""); this.rows = null; return; }
    const { data, hay } = this;
    const rows = [];
    for (let i = 0; i < hay.length; ++i) {
      if (wanted !== "" && data.group[i] !== Number(wanted)) continue;
      if (needle === "" || hay[i].includes(needle)) rows.push(i);
    }
    this.rows = this.sorted(rows);
    this.found.scrollTop = 0;
    for (const head of this.found.querySelectorAll("th[aria-sort]")) {
      const mine = head.querySelector("button")?.dataset.column === this.sort.column;
      head.setAttribute("aria-sort", mine ? (this.sort.up ? "ascending" : "descending") : "none");
    }
    this.found.querySelector("table").setAttribute("aria-rowcount", String(rows.length + 1));
    const messages = rows.reduce((sum, i) => sum + data.messages[i], 0);
    say(`${rows.length.toLocaleString("en")} of ${hay.length.toLocaleString("en")} senders, ${messages.toLocaleString("en")} messages`);
    this.draw();
  }

  sorted(rows) {
    const column = this.data[this.sort.column];
    const sign = this.sort.up ? 1 : -1;
    if (typeof column[0] !== "string") return rows.sort((a, b) => sign * (column[a] - column[b]) || a - b);
    return rows.sort((a, b) => (column[a] < column[b] ? -sign : column[a] > column[b] ? sign : a - b));
  }

  draw() {
    if (!this.rows) return;
    const first = Math.max(0, Math.min(Math.floor(this.found.scrollTop / rowHeight) - 8, this.rows.length - kept));
    const last = Math.min(this.rows.length, first + kept);
    const body = document.createElement("tbody");
    body.append(gap(first));
    for (let at = first; at < last; ++at) body.append(this.row(this.rows[at], at));
    body.append(gap(this.rows.length - last));
    this.found.querySelector("tbody").replaceWith(body);
  }

  row(i, at) {
    const { data } = this;
    const tr = document.createElement("tr");
    tr.setAttribute("aria-rowindex", String(at + 2));
    const head = cell("th", data.name[i]);
    head.scope = "row";
    tr.append(head, cell("td", data.kind[i]), cell("td", data.messages[i].toLocaleString("en"), "number"),
      cell("td", String(data.days[i]), "number"), cell("td", data.sends[i]), cell("td", data.subject[i]),
      cell("td", data.where[i]), cell("td", data.verdict[i]), cell("td", data.plan[i]));
    return tr;
  }

  async save() {
    await this.load();
    if (!this.data) return;
    const { data } = this;
    const rows = this.rows ?? data.name.map((_, i) => i);
    const lines = [["sender", "kind", "messages", "days", "sends_as", "subject", "group", "switch_alone", "with_the_plan"]];
    for (const i of rows) {
      lines.push([data.name[i], data.kind[i], data.messages[i], data.days[i], data.sends[i], data.subject[i],
        data.where[i], data.verdict[i], data.plan[i]]);
    }
    const text = "\uFEFF" + lines.map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = "senders.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

function cell(kind, text, name) {
  const out = document.createElement(kind);
  const isolated = document.createElement("bdi");
  isolated.textContent = text;
  out.title = text;
  if (name) out.className = name;
  out.append(isolated);
  return out;
}

function gap(rows) {
  const tr = document.createElement("tr");
  tr.className = "gap";
  tr.setAttribute("aria-hidden", "true");
  tr.style.height = `${rows * rowHeight}px`;
  return tr;
}

// As report/written.hpp has it: what a spreadsheet takes for a formula gets an apostrophe.
function csvCell(value) {
  let text = String(value);
  if (typeof value === "string" && /^(?:[\t\r\n\0]|[ \t\r\n"'\0]*[=+\-@＝＋－＠])/.test(text)) text = "'" + text;
  return /[",; \r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

if (block && form) start();
