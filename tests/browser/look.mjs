// Opens reports in Chromium and tells what it saw, as JSON on standard output.
//
//   node look.mjs MODULES CHROMIUM JOBS.json
//
// A job: {"name", "file", "scripts", "scheme", "width", "height", "print", "axe", "find", "shot", "pdf"}.
// Every request but for the file itself is aborted and counted.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, chromium, jobsFile] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium: engine } = require("playwright-core");
const axe = require("@axe-core/playwright");
const AxeBuilder = axe.AxeBuilder ?? axe.default;

const browser = await engine.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const results = {};
for (const job of JSON.parse(readFileSync(jobsFile, "utf8"))) results[job.name] = await look(job);
await browser.close();
process.stdout.write(JSON.stringify(results));

async function look(job) {
  const context = await browser.newContext({
    viewport: { width: job.width ?? 1280, height: job.height ?? 800 },
    javaScriptEnabled: job.scripts ?? true,
    colorScheme: job.scheme ?? "light",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const url = pathToFileURL(job.file).href;
  const out = { requests: [], errors: [], dialogs: 0 };
  await page.route("**/*", (route) => {
    if (route.request().url() === url) return route.continue();
    out.requests.push(route.request().url());
    return route.abort();
  });
  page.on("console", (line) => { if (line.type() === "error") out.errors.push(line.text()); });
  page.on("pageerror", (error) => out.errors.push(String(error)));
  page.on("dialog", (dialog) => { ++out.dialogs; return dialog.dismiss(); });
  if (job.print) await page.emulateMedia({ media: "print" });
  const started = performance.now();
  await page.goto(url, { waitUntil: "load" });
  out.milliseconds = performance.now() - started;
  out.text = await page.locator("main").innerText();
  out.title = await page.title();
  if (job.scripts !== false) await measure(page, job, out);
  if (job.find) out.find = await find(page, job);
  if (job.axe) {
    const checked = await new AxeBuilder({ page }).analyze();
    out.axe = checked.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" | ")}`);
  }
  if (job.shot) {
    await page.screenshot({ path: job.shot, fullPage: job.full ?? false });
  }
  if (job.pdf) {
    const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, printBackground: true });
    writeFileSync(job.pdf, pdf);
    out.sheets = (pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) ?? []).length;
  }
  await context.close();
  return out;
}

async function measure(page, job, out) {
  Object.assign(out, await page.evaluate(() => ({
    elements: document.querySelectorAll("main *").length,
    scripts: [...document.scripts].map((s) => s.type),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    formHidden: document.getElementById("find")?.hidden ?? null,
    firstTaskBottom: document.querySelector(".tasks > li")?.getBoundingClientRect().bottom ?? 0,
  })));
}

// Types a word, a letter at a time; sorts; saves what is shown.
async function find(page, job) {
  const out = { keystrokes: [] };
  const input = page.locator("#find input");
  await input.waitFor({ state: "visible" });
  const settled = () => page.evaluate(() => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done(null)));
  }));
  for (const letter of job.find) {
    const before = await page.locator("#find-told").textContent();
    const took = await page.evaluate(async ([text, told]) => {
      const field = document.querySelector("#find input");
      const started = performance.now();
      field.value += text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const deadline = started + 10000;
      while (document.getElementById("find-told").textContent === told && performance.now() < deadline) {
        await new Promise((done) => setTimeout(done, 1));
      }
      return performance.now() - started;
    }, [letter, before]);
    out.keystrokes.push(took);
    await settled();
  }
  out.told = await page.locator("#find-told").textContent();
  out.rows = await page.locator("#found tbody tr:not(.gap)").count();
  out.heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  await page.locator("#found th button[data-column=messages]").click();
  await settled();
  out.first = await page.locator("#found tbody tr:not(.gap)").first().innerText();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#find button[name=save]").click(),
  ]);
  out.csv = readFileSync(await download.path(), "utf8");
  return out;
}
