// Drives one page of a browser by commands, a JSON object a line on standard input, each answered by one on standard
// output: gate.mjs MODULES CHROMIUM. For tests/gate_browser_test.py.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, chromium] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium: engine } = require("playwright-core");
const axe = require("@axe-core/playwright");
const AxeBuilder = axe.AxeBuilder ?? axe.default;

const browser = await engine.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
let page = null;
let seen = null;

const commands = {
  async open({ url, width, height, scheme }) {
    await page?.context().close();
    const context = await browser.newContext({ viewport: { width: width ?? 1280, height: height ?? 1180 }, colorScheme: scheme ?? "light" });
    page = await context.newPage();
    seen = { foreign: [], errors: [], dialogs: 0 };
    const mine = seen;
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith("data:")) mine.foreign.push(request.url());
    });
    page.on("console", (line) => {
      // An answer of 401 is how the page learns that it must sign in.
      if (line.type() === "error" && !line.text().startsWith("Failed to load resource")) mine.errors.push(line.text());
    });
    page.on("pageerror", (error) => mine.errors.push(String(error)));
    page.on("dialog", (dialog) => { ++mine.dialogs; return dialog.dismiss(); });
    await page.goto(url, { waitUntil: "load" });
  },
  fill: ({ at, value }) => page.locator(at).fill(value),
  click: ({ at }) => page.locator(at).first().click(),
  text: ({ at }) => page.locator(at).first().innerText(),
  texts: ({ at }) => page.locator(at).allInnerTexts(),
  count: ({ at }) => page.locator(at).count(),
  disabled: ({ at }) => page.locator(at).first().isDisabled(),
  wait: ({ at, has, timeout }) => page.waitForFunction(([where, words]) =>
    [...document.querySelectorAll(where)].some((each) => each.checkVisibility() && each.textContent.includes(words)),
  [at, has ?? ""], { timeout: timeout ?? 90000 }).then(() => true),
  cookie: () => page.evaluate(() => document.cookie),
  overflow: () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  // The longest that drawing stood still, over some seconds.
  longest: ({ seconds }) => page.evaluate((wanted) => new Promise((done) => {
    let before = performance.now();
    let longest = 0;
    const end = before + wanted * 1000;
    const frame = (now) => {
      longest = Math.max(longest, now - before);
      before = now;
      if (now < end) requestAnimationFrame(frame); else done(longest);
    };
    requestAnimationFrame(frame);
  }), seconds),
  async axe() {
    const checked = await new AxeBuilder({ page }).analyze();
    return checked.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" | ")}`);
  },
  shot: ({ file }) => page.screenshot({ path: file }).then(() => true),
  seen: () => seen,
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await commands[asked.do](asked)) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
