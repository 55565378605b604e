// What is looked for on every page a walk comes to.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.NODE_PATH + "/");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// accessibility tells what axe-core finds. The pages let no other script in, so it comes by the browser's own tools.
export async function accessibility(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Runtime.evaluate", { expression: axe });
  const expression = `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then((r) => JSON.stringify(r.violations))`;
  const found = await devtools.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  await devtools.detach();
  return JSON.parse(found.result.value).map((v) => `${v.id}: ${v.nodes.map((n) => n.html + " " + n.failureSummary).join("; ")}`);
}

// tooWide names what makes a page scroll sideways.
export async function tooWide(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return "";
    const beyond = [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".scroll"));
    return beyond.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ") || `${document.documentElement.scrollWidth} pixels`;
  });
}

// Words no sentence of the one language does without, and the other has not.
const betrayed = {
  en: /(?<![\p{L}’'-])(une|les|des|est|sont|pas|qui|elle|cette|dans|depuis|avec|pour|carte|aucun|aucune)(?![\p{L}-])|(?<![\p{L}])(l|d|n|qu)’\p{L}/iu,
  fr: /(?<![\p{L}’'-])(the|of|is|are|this|that|with|since|from|to be|has|was)(?![\p{L}-])/iu,
};

// foreignWords gives the texts that are not in the page's language and do not say so.
export async function foreignWords(page, language) {
  const pattern = betrayed[language];
  const texts = await page.evaluate((lang) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (!node.data.trim() || owner.closest("code, pre, script") || owner.closest("[lang]").lang !== lang) continue;
      found.push(node.data.trim());
    }
    for (const e of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
      if (e.closest("[lang]").lang === lang) found.push(...["aria-label", "title", "placeholder"].map((a) => e.getAttribute(a) ?? ""));
    }
    return found;
  }, language);
  return [...new Set(texts.filter((text) => pattern.test(text)))];
}
