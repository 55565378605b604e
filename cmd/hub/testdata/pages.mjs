// Looks at every page in a real Chromium, as a person signed in: pages.mjs ADDRESS NAME PASSWORD PATH...
// Each line it prints is a fault: what axe-core finds, what the console says, a page wider than its screen. With
// SCREENSHOTS it leaves a picture of each page in that folder. In the end it waits for / to change by itself, told by the hub:
// sooner than the half minute after which a page looks again anyway.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.NODE_PATH + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [address, name, password, ...paths] = process.argv.slice(2);
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const fault = (...words) => console.log(words.join(" "));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function signIn(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(60_000);
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && fault("console of", page.url(), m.text()));
  page.on("pageerror", (e) => fault("script of", page.url(), e.message));
  await page.goto(address + "/connexion");
  await page.fill("input[name=nom]", name);
  await page.fill("input[name=mot-de-passe]", password);
  await page.click("button.main");
  await page.waitForSelector(".who");
  return page;
}

async function look(page, screen, path) {
  const answer = await page.goto(address + path);
  await page.waitForSelector("main h1");
  if (answer.status() !== 200) fault(path, "answers", answer.status());
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wider > 0) fault(screen, path, "is", wider, "pixels wider than its screen");
  const devtools = await page.context().newCDPSession(page); // the page's own policy lets no other script in
  await devtools.send("Runtime.evaluate", { expression: axe });
  const expression = `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then((r) => JSON.stringify(r.violations))`;
  const found = await devtools.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  for (const v of JSON.parse(found.result.value)) fault(screen, path, v.id, v.nodes.map((n) => n.html + " " + n.failureSummary).join("; "));
  if (process.env.SCREENSHOTS) {
    const file = (path === "/" ? "reseau" : path.slice(1).replaceAll("/", "-")) + "." + screen + ".png";
    await page.screenshot({ path: process.env.SCREENSHOTS + "/" + file, fullPage: true });
  }
}

try {
  const desk = await signIn({ viewport: { width: 1280, height: 900 }, colorScheme: "light", locale: "fr" });
  const phone = await signIn({ viewport: { width: 390, height: 844 }, colorScheme: "dark", locale: "en" });
  for (const path of paths) {
    await look(desk, "desk", path);
    await look(phone, "phone", path);
  }
  await desk.goto(address + "/");
  await desk.waitForSelector("#reseau");
  console.error("looking"); // the network may change now
  await desk.waitForFunction(() => document.querySelector("#reseau").innerText.includes("En préparation"), null, { timeout: 20_000 });
} finally {
  await browser.close();
}
