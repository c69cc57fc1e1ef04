// Changes: the mode of a domain, and "it is forged". What refuses mail asks first; what only lets it in again does not.
import { ask, counted, grouped, make, name } from "./parts.js";

const dialog = document.getElementById("switch");
const toast = document.getElementById("toast");
let hiding = 0;

export function say(text, button) {
  clearTimeout(hiding);
  toast.replaceChildren(text, ...(button ? [button] : []));
  toast.hidden = false;
  hiding = setTimeout(() => { toast.hidden = true; }, 15000);
}

async function set(domain, mode, typed, reason, done) {
  await ask("/api/mode", { domain, mode, typed, reason });
  await done();
}

export async function observe(domain, done) {
  try {
    await set(domain.name, "observe", "", "", done);
    const undo = make("button", { type: "button", onclick: async () => {
      toast.hidden = true;
      try {
        await set(domain.name, "enforce", domain.name, "back to what it was", done);
      } catch (error) { say(error.message); }
    } }, "Undo");
    say(`${domain.name} observes now: nothing is refused.`, undo);
  } catch (error) { say(error.message); }
}

function piles(domain) {
  if (domain.legitimate === undefined) {
    return make("p", { class: "bad" }, "Nobody knows what would be refused: no ledger was kept, or it is still being read.");
  }
  const { legitimate, forged, unclear, let_it_break: accepted } = domain;
  const all = legitimate.messages + forged.messages + unclear.messages + accepted.messages;
  const line = (tone, pile, words) => make("li", { class: pile.messages > 0 ? tone : "dim" },
    `${grouped(pile.messages)} from ${counted(pile.senders, "sender")} ${words}`);
  return make("div", {},
    make("p", {}, `Of the mail that the ledger tells of (30 days at most), ${counted(all, "message")} would have been refused, or may have been:`),
    make("ul", {}, line("bad", legitimate, "look legitimate"), line("calm", forged, "look forged"),
      line("ask", unclear, "may be either"),
      accepted.messages > 0 ? line("calm", accepted, "are yours, and you let them break") : undefined),
    make("p", { class: "dim" }, domain.note));
}

export function enforce(domain, done) {
  const typed = make("input", { autocomplete: "off", spellcheck: "false" });
  const reason = make("input", { autocomplete: "off", maxlength: 500 });
  const told = make("p", { class: "bad", role: "alert" });
  const go = make("button", { type: "submit", disabled: true }, "Enforce");
  const look = () => { go.disabled = typed.value !== domain.name || reason.value.trim() === ""; };
  typed.addEventListener("input", look);
  reason.addEventListener("input", look);
  const form = make("form", { onsubmit: async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    try {
      await set(domain.name, "enforce", typed.value, reason.value, done);
      dialog.close();
      say(`${domain.name} enforces now.`);
    } catch (error) {
      told.textContent = error.message;
      look();
    }
  } },
    make("label", {}, make("span", {}, "Type ", name(domain.name), " to go on"), typed),
    make("label", {}, "Why, for the record of changes", reason),
    told,
    make("div", { class: "buttons" },
      make("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), go));
  dialog.replaceChildren(make("h2", { id: "switch-title" }, "Enforce ", name(domain.name), "?"), piles(domain), form);
  dialog.showModal();
  typed.focus();
}

function box(sender, domain, done) {
  const command = make("pre", { hidden: true, tabindex: 0 }, sender.command);
  const risk = make("p", { class: "ask", hidden: true }, sender.risk);
  const show = make("button", { type: "button", "aria-expanded": "false", onclick: () => {
    command.hidden = !command.hidden;
    risk.hidden = command.hidden || sender.risk === "";
    show.setAttribute("aria-expanded", String(!command.hidden));
  } }, "Show the connector");
  const forged = make("button", { type: "button", onclick: async () => {
    forged.disabled = true;
    try {
      await ask("/api/pin", { domain, sender: sender.name, forged: "yes" });
      say("Pinned as forged: it counts as nobody’s loss any more. What the gate refuses stays as it is.");
      await done();
    } catch (error) { say(error.message); forged.disabled = false; }
  } }, "It is forged");
  return make("div", { class: "box" },
    make("h4", {}, name(sender.name), " ", make("small", {}, `${sender.kind}, ${sender.sure} · ` +
      `${counted(sender.at_stake, "message")} on ${counted(sender.days, "day")} · ${sender.standing}`)),
    make("p", {}, name(sender.remedy || "Nobody knows what it needs: find who owns it.")),
    sender.pin_overruled ? make("p", { class: "bad" }, `A pin says forged, and is not followed: a hard fact says it is yours. ${sender.pin_overruled}`) : undefined,
    sender.command ? show : undefined,
    sender.looks !== "forged" && sender.can_be_pinned ? forged : undefined,
    command, risk);
}

// What stands before each domain that observes, and what those that enforce refuse of one's own.
export function suggestions(place, state, told, done) {
  const parts = [];
  const worst = (domain) => (domain.legitimate?.messages ?? 0) * (domain.mode === "enforce" ? 1000 : 1);
  for (const domain of [...state.domains].sort((a, b) => worst(b) - worst(a))) {
    if (!["breaks", "doubtful", "loses", "unsettled"].includes(domain.stage)) continue;
    const surveyed = told.domains.find((each) => each.name === domain.name);
    const senders = (surveyed?.senders ?? []).filter((each) => each.looks !== "forged");
    if (senders.length === 0) continue;
    parts.push(make("h3", {}, ...(domain.mode === "enforce" ? [name(domain.name), " refuses these"]
      : ["Before ", name(domain.name), " can enforce"])));
    for (const sender of senders.slice(0, 20)) parts.push(box(sender, domain.name, done));
    const more = Math.max(senders.length - 20, 0) + surveyed.not_shown - surveyed.not_shown_forged;
    if (more > 0) parts.push(make("p", { class: "dim" }, `and ${counted(more, "sender")} with less mail`));
  }
  if (parts.length === 0) {
    parts.push(make("p", { class: "dim" }, told.fault !== "" ? told.fault
      : state.ledger ? "Nothing that looks legitimate, and nothing that may be either."
        : "Not known: no ledger is kept. Add [ledger] with file to gate.toml."));
  }
  place.replaceChildren(...parts);
}
