// A person before a screen: goes from page to page by what stands on them, in the language of the screen, and notes whatever
// a person or a browser would complain of. It waits for what is to be seen, never for a time.
import { readFile } from "node:fs/promises";
import { accessibility, foreignWords, tooWide } from "./look.mjs";

export const screens = {
  desk: { viewport: { width: 1280, height: 900 }, colorScheme: "light", locale: "fr" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "dark", locale: "en", hasTouch: true },
};

const patience = 30_000;
const mostTabs = 120; // to anything on a page

export class Walker {
  #step = "the beginning";
  #allowed = []; // answers of 400 and above that a step is about

  constructor({ walk, screen, hub, stage, page }) {
    Object.assign(this, { walk, screen, hub, stage, page, looks: 0 });
    this.english = screens[screen].locale === "en";
    page.setDefaultTimeout(patience);
    page.on("pageerror", (e) => this.fault("script", e.message));
    page.on("response", (r) => r.status() >= 400 && !this.#allow(r.status(), true) && this.fault("an answer", r.status(), r.request().method(), r.url()));
    page.on("console", (m) => {
      const status = Number(/status of (\d+)/.exec(m.text())?.[1]);
      if (["error", "warning"].includes(m.type()) && !this.#allow(status, false)) this.fault("console", m.text());
    });
    page.on("requestfailed", (r) => {
      const error = r.failure()?.errorText; // leaving a page cuts what it was still asking for, and a download is no page
      const left = error === "net::ERR_ABORTED" && (["eventsource", "fetch", "xhr"].includes(r.resourceType()) || this.#downloading);
      if (!left) this.fault("a request failed", r.method(), r.url(), error);
    });
  }

  #downloading = false;

  #allow(status, answer) {
    const found = this.#allowed.find((a) => a.status === status && !(answer ? a.answered : a.told));
    if (found) found[answer ? "answered" : "told"] = true;
    return found !== undefined;
  }

  // fault prints one; the browser's own complaints come when they come.
  fault(...words) {
    console.log(`${this.walk} on the ${this.screen}, ${this.#step}, ${new URL(this.page.url(), this.hub).pathname}:`, words.join(" "));
  }

  // broke ends a walk that cannot go on, and leaves a picture of where it stood.
  async broke(error) {
    const path = `${process.env.BROKEN}/broken-${this.walk}.${this.screen}.png`;
    const taken = await this.page.screenshot({ path, fullPage: true }).then(() => `(picture: ${path})`, () => "");
    this.fault(error.stack, taken);
  }

  // step is one thing a person sets out to do.
  async step(name, act) {
    this.#step = name;
    await act();
    const unseen = this.#allowed.filter((a) => !a.answered);
    if (unseen.length) this.fault("no answer", unseen.map((a) => a.status).join(", "));
    this.#allowed = [];
  }

  // say chooses the words of the screen's language.
  say(french, english) {
    return this.english ? english : french;
  }

  // expects announces an answer that is no fault here.
  expects(status) {
    this.#allowed.push({ status, answered: false, told: false });
  }

  async go(path) {
    await this.page.goto(this.hub + path);
  }

  // at waits until an address is reached: a path, or a pattern.
  async at(path) {
    await this.page.waitForURL((url) => (path instanceof RegExp ? path.test(url.pathname) : url.pathname === path));
  }

  // sees waits for words, or for something found by a selector that begins with «css=».
  async sees(what, within = this.page.locator("main")) {
    const found = what.startsWith?.("css=") ? within.locator(what.slice("css=".length)) : within.getByText(what);
    await found.first().waitFor();
    return found.first();
  }

  // comesTo looks at a page again and again, until something stands there that the page does not show by itself.
  async comesTo(path, what) {
    for (const until = Date.now() + patience; ; ) {
      await this.go(path);
      if (await this.page.locator("main").getByText(what).count()) return;
      if (Date.now() > until) throw new Error(`${path} never shows ${what}`);
    }
  }

  async missing(what) {
    const found = what.startsWith("css=") ? this.page.locator(what.slice("css=".length)) : this.page.getByText(what);
    if (await found.count()) this.fault("is shown, and must not be:", what);
  }

  async fill(label, value, within = this.page.locator("main")) {
    await within.getByLabel(label).first().fill(value);
  }

  button(name, within = this.page.locator("main")) {
    return within.getByRole("button", { name }).first();
  }

  link(name, within = this.page.locator("main")) {
    return within.getByRole("link", { name }).first();
  }

  async press(name, within) {
    await this.button(name, within).click();
  }

  async follow(name, within) {
    await this.link(name, within).click();
  }

  // byKeyboard does what a click does with Tab and Enter alone.
  async byKeyboard(target) {
    await target.waitFor();
    const element = await target.elementHandle();
    await this.page.evaluate(() => document.activeElement?.blur());
    for (let i = 0; i < mostTabs; i++) {
      await this.page.keyboard.press("Tab");
      if (await element.evaluate((e) => e === document.activeElement)) {
        await this.#seenToBeFocused(element);
        await this.page.keyboard.press("Enter");
        return;
      }
    }
    throw new Error(`${await element.textContent()} is not reached by ${mostTabs} Tabs`);
  }

  async #seenToBeFocused(element) {
    const how = await element.evaluate((e) => {
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      return { outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, inside: box.bottom > 0 && box.top < innerHeight };
    });
    if (!how.outline) this.fault("what has the focus does not show it");
    if (!how.inside) this.fault("what has the focus is out of sight");
  }

  // look examines the page as it stands, and takes its picture.
  async look(name) {
    this.looks++;
    await this.page.locator("main h1").waitFor();
    const language = await this.page.evaluate(() => document.documentElement.lang);
    if (language !== this.say("fr", "en")) this.fault(name, "is in", language);
    const wider = await tooWide(this.page);
    if (wider) this.fault(name, "is wider than its screen:", wider);
    for (const found of await accessibility(this.page)) this.fault(name, found);
    for (const found of await foreignWords(this.page, language)) this.fault(name, `is in ${language} and says:`, found);
    if (process.env.SCREENSHOTS) {
      await this.page.screenshot({ path: `${process.env.SCREENSHOTS}/${this.walk}-${name}.${this.screen}.png`, fullPage: true });
    }
  }

  // staying runs what must change the page without its being loaded anew.
  async staying(act) {
    await this.page.evaluate(() => (window.stayed = true));
    await act();
    if (!(await this.page.evaluate(() => window.stayed))) this.fault("the page was loaded anew");
  }

  // download gives the text of the file that a link leads to.
  async download(link) {
    this.#downloading = true;
    const [file] = await Promise.all([this.page.waitForEvent("download"), link.click()]);
    const text = await readFile(await file.path(), "utf8");
    this.#downloading = false;
    return { name: file.suggestedFilename(), text };
  }

  async signIn(name, password) {
    await this.go("/connexion");
    await this.fill(this.say("Nom du compte", "Account name"), name);
    await this.fill(this.say("Mot de passe", "Password"), password);
    await this.press(this.say("Se connecter", "Sign in"));
    await this.page.locator(".who").waitFor();
  }

  async signOut() {
    await this.press(this.say("Se déconnecter", "Sign out"), this.page.locator("header"));
    await this.at("/connexion");
  }

  // ask has something done that happens outside of the pages: by a library's system, or in the machine room.
  async ask(what, body = "") {
    const answer = await fetch(`${this.stage}/${what}`, { method: "POST", body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${what}: ${text}`);
    return text;
  }

  equal(got, want, what) {
    if (got !== want) this.fault(`${what}: got ${got}, want ${want}`);
  }
}
