// The demo as whoever tries the hub sees it first: eight libraries that live before one's eyes, one broken file, and any card.
const spoiler = "granges-les-beaumont"; // the library whose transfer breaks off

export default async function demo(w) {
  await w.step("the account on the terminal signs in", async () => {
    await w.go("/");
    await w.at("/connexion");
    await w.signIn(process.env.NAME, process.env.PASSWORD);
    await w.at("/");
    w.equal(await w.page.locator("tbody tr").count(), 8, "libraries");
    await w.look("reseau");
  });
  await w.step("every library is seen to give and to receive, without reloading", async () => {
    await w.staying(() => w.page.waitForFunction(() => {
      const shown = [...document.querySelectorAll("tbody tr")].map((row) => {
        const [, given, taken] = [...row.querySelectorAll("td")].map((cell) => cell.querySelector("time")?.dateTime);
        return { given, taken };
      });
      window.first ??= shown;
      return shown.every((row, i) => row.given && row.taken && row.given !== window.first[i].given && row.taken !== window.first[i].taken);
    }));
    await w.look("reseau-vivant");
  });
  await w.step("a file that was cut off shows at its library, and goes back by mail", async () => {
    await w.follow("Bibliothèque de Granges-lès-Beaumont");
    await w.at(`/etablissements/${spoiler}`);
    await w.staying(() => w.sees("css=td .state.trouble"));
    await w.look("etablissement");
    await w.follow(/n° \d+|no\. \d+/, w.page.getByRole("row").filter({ has: w.page.locator(".state.trouble") }));
    await w.at(/^\/documents\/\d+$/);
    await w.sees(w.say("Le document entier a été refusé", "The whole document was refused"));
    await w.look("depot-refuse");
    await w.comesTo("/systeme/courriels?etat=envoye", `${spoiler}@example.org`);
  });
  await w.step("a card is found, and stands in all libraries", async () => {
    await w.go("/fiches");
    await w.fill(w.say("Numéro de carte", "Card number"), "2601");
    await w.page.keyboard.press("Enter");
    await w.page.locator("tbody a").first().click();
    await w.at(/^\/fiches\/\w+$/);
    await w.sees("css=.timeline > li");
    const holders = w.page.locator("table tbody tr");
    w.equal(await holders.count(), 8, "libraries of the card");
  });
}
