// The network watched live: what a library gives, an error that comes and goes.
import { card, Library } from "./library.mjs";

export default async function network(w) {
  const row = (code) => w.page.locator(`#ligne-${code}`);
  const is = (code, state) => row(code).locator(`.state.${state}`).waitFor();
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  await w.step("what a library gives shows without reloading", async () => {
    await w.at("/");
    await is("mours", "new");
    await w.look("reseau");
    await row("mours").getByRole("link").focus(); // who goes through the page by keyboard sees it live too
    await w.staying(async () => {
      await new Library(w.hub, "mours").sends([card({ number: "M1", first: "Ana", phone: "0475000001" })]);
      await is("mours", "ok");
      await w.sees(w.say("à l’instant", "just now"), row("mours"));
      await is("monnaie", "ok"); // it was handed the card
    });
    w.equal(await w.page.evaluate(() => document.activeElement.closest("tr")?.id), "ligne-mours", "where the focus is");
    if ((await w.ask("holds", "M1")) !== "yes") w.fault("monnaie does not hold the card of mours");
  });
  await w.step("a hub that is away for a moment does not take the page with it", async () => {
    const hears = (number) => new Library(w.hub, "mours").sends([card({ number, first: "Ana", phone: "0475000001" })]);
    await w.staying(async () => {
      await w.page.route(w.hub + "/", (route) => route.fulfill({ status: 503, contentType: "text/html", body: "<title>503</title><h1>503</h1>" }));
      w.expects(503);
      await Promise.all([w.page.waitForResponse((r) => r.status() === 503), hears("M2")]);
      await w.page.unroute(w.hub + "/");
      await Promise.all([w.page.waitForResponse((r) => r.url() === w.hub + "/" && r.ok()), hears("M3")]);
      await is("mours", "ok");
    });
  });
  await w.step("who has a library's page open sees a colleague pause it, and can take the exchange up again", async () => {
    await w.go("/etablissements/mours");
    await w.staying(async () => {
      const colleague = await w.page.context().newPage();
      await colleague.goto(w.page.url());
      await colleague.getByLabel(w.say("Motif", "Reason")).fill("travaux");
      await colleague.getByRole("button", { name: w.say("Suspendre", "Pause") }).click();
      await colleague.locator(".state.paused").waitFor();
      await colleague.close();
      await w.page.bringToFront();
      await w.page.evaluate(() => htmx.trigger(document.getElementById("etablissement"), "refresh"));
      await w.sees("css=h1 + p .state.paused");
      await w.button(w.say("Reprendre les échanges", "Take the exchange up again")).waitFor();
      if (await w.button(w.say("Suspendre", "Pause")).count()) w.fault("what is paused can be paused again");
    });
    await w.press(w.say("Reprendre les échanges", "Take the exchange up again"));
    await w.button(w.say("Suspendre", "Pause")).waitFor();
    await w.go("/");
  });
  await w.step("a page that nobody looks at listens to nothing", async () => {
    const listening = (r) => r.resourceType() === "eventsource";
    const turns = (hidden) => w.page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
    await Promise.all([w.page.waitForEvent("requestfailed", listening), turns(true)]);
    await Promise.all([w.page.waitForRequest(listening), turns(false)]);
  });
  await w.step("an error of a library shows in plain words", async () => {
    await w.staying(async () => {
      await w.ask("break");
      await is("monnaie", "trouble");
      await w.sees(w.say("1 bibliothèque demande votre attention", "1 library asks for your attention"));
    });
    await w.sees("css=.why", row("monnaie"));
    await w.look("reseau-probleme");
    await w.byKeyboard(row("monnaie").getByRole("link"));
    await w.at("/etablissements/monnaie");
    await w.sees(w.say("échec", "failure"));
    await w.look("etablissement-probleme");
    await w.follow(w.say("Tous les passages", "All runs"));
    await w.look("passages");
  });
  await w.step("once repaired all is well again", async () => {
    await w.ask("repair");
    await w.go("/etablissements/monnaie");
    await w.byKeyboard(w.button(w.say("Moissonner maintenant", "Harvest now")));
    await w.sees(w.say("C’est demandé ; le travail commence", "Asked for; the work begins"));
    await w.sees("css=h1 + p .state.ok");
    await w.go("/");
    await w.sees(w.say("Tout va bien", "All is well"));
    await is("monnaie", "ok");
    await w.look("reseau-bien");
  });
}
