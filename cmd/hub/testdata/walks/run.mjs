// Plays walks in a real Chromium, as a person who looks at the pages would: run.mjs WALK...
// Told by the environment: HUB is the hub's address, STAGE that of what stands around the hub, SCREEN how the person looks
// (desk or phone), DATA the hub's folder, SCREENSHOTS where pictures of all pages are left (empty: none), BROKEN where one is
// left of a walk that cannot go on. Each line it prints is a fault: walk, step, page and what is wrong.
import { createRequire } from "node:module";
import { screens, Walker } from "./walker.mjs";

const { chromium } = createRequire(process.env.NODE_PATH + "/")("playwright-core");
const { HUB, STAGE, SCREEN } = process.env;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  for (const name of process.argv.slice(2)) {
    const { default: walk } = await import(`./${name}.mjs`);
    const context = await browser.newContext({ ...screens[SCREEN], acceptDownloads: true });
    const walker = new Walker({ walk: name, screen: SCREEN, hub: HUB, stage: STAGE, page: await context.newPage() });
    const began = Date.now();
    await walk(walker).catch((error) => walker.broke(error));
    console.error(`${name} on the ${SCREEN}: ${((Date.now() - began) / 1000).toFixed(1)} s, ${walker.looks} pages looked at`);
    await context.close();
  }
} finally {
  await browser.close();
}
