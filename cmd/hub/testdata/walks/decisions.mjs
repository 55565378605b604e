// What only a person can decide: a conflict, two likely duplicates, an erasure.
import { card, Library } from "./library.mjs";

const helene = { name: "Roux", first: "Ana", birth: "1980-02-29" };

export default async function decisions(w) {
  const mours = new Library(w.hub, "mours"), peyrins = new Library(w.hub, "peyrins");
  for (const [library, phone] of [[mours, "0475000000"], [peyrins, "0475000000"], [mours, "0475111111"], [peyrins, "0475222222"]]) {
    await library.sends([card({ number: "A1", ...helene, phone }), card({ number: "A2", name: "Petit", first: "Luc", phone })]);
  }
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  await conflict(w, peyrins);
  await decidedTwice(w);
  await duplicates(w, mours, peyrins);
  await erasure(w);
}

async function conflict(w, peyrins) {
  await w.step("a conflict shows both values and why one stands", async () => {
    await w.go("/a-decider");
    await w.at("/a-decider/conflits");
    for (const said of ["0475111111", "0475222222", "Mours", "Peyrins"]) await w.sees(said);
    await w.look("conflits");
  });
  await w.step("the other value is chosen", async () => {
    const asked = w.page.locator("article").filter({ hasText: "A1" });
    await w.byKeyboard(w.button(w.say("Mettre celle-ci", "Use this one"), asked));
    await w.sees(w.say("L’autre valeur est en place", "The other value is in place"));
  });
  await w.step("the card’s history tells it, and the other library is handed it", async () => {
    await search(w, "A1");
    await w.sees(w.say(`décidé par ${process.env.NAME}`, `decided by ${process.env.NAME}`));
    await w.sees("css=.timeline li:first-child ins");
    await w.look("carte-decidee");
    const handed = await peyrins.fetches();
    if (!handed.includes("0475111111")) w.fault("peyrins is not handed what was decided:", handed);
  });
}

async function search(w, number) {
  await w.go("/fiches");
  await w.fill(w.say("Numéro de carte", "Card number"), number);
  await w.press(w.say("Chercher", "Search"));
  await w.page.locator("tbody th a").first().click();
  await w.at(/^\/fiches\/\w+$/);
}

async function decidedTwice(w) {
  await w.step("who decides what a colleague has decided is told so, where they are", async () => {
    await w.go("/a-decider/conflits");
    await w.ask("keep", "A2");
    await w.press(w.say("Mettre celle-ci", "Use this one"));
    await w.at("/a-decider/conflits");
    await w.sees("css=.fault");
    await w.look("conflit-deja-decide");
  });
}

async function duplicates(w, mours, peyrins) {
  await w.step("two likely duplicates are found, and the menu counts them", async () => {
    await w.staying(async () => {
      await mours.sends([card({ number: "B1", ...helene, name: "Blanc", phone: "0475000001" }), card({ number: "C1", ...helene, name: "Noir" })]);
      await peyrins.sends([card({ number: "B2", ...helene, name: "Blanc", phone: "0475000002" }), card({ number: "C2", ...helene, name: "Noir" })]);
      await w.ask("find-likenesses");
      await w.page.locator("#attente").getByText("2", { exact: true }).waitFor();
      await w.page.locator(".tabs .badge").getByText("2", { exact: true }).waitFor();
    });
    await w.byKeyboard(w.link(w.say(/Doublons probables/, /Likely duplicates/)));
    await w.look("doublons");
  });
  await w.step("one is one person, one is two", async () => {
    const pair = (name) => w.page.locator("article").filter({ hasText: name });
    await w.byKeyboard(w.button(w.say("le B1 continue", "B1 goes on"), pair("Blanc")));
    await w.sees(w.say("Une seule carte continue", "One card goes on"));
    await w.press(w.say("Ce sont deux personnes", "These are two persons"), pair("Noir"));
    await w.sees(w.say("la question ne sera plus posée", "this will not be asked again"));
    await w.sees(w.say("Rien n’attend", "Nothing waits"));
    await search(w, "B2");
    await w.sees(w.say("Anciens numéros", "Former numbers"));
    await w.look("carte-reunie");
  });
}

async function erasure(w) {
  await w.step("a card is erased, and the libraries are waited for", async () => {
    await search(w, "C1");
    await w.follow(w.say("Effacer cette carte", "Erase this card"));
    await w.look("effacer");
    await w.fill(w.say("Pour confirmer", "To confirm"), "C1");
    await w.byKeyboard(w.button(w.say("Effacer définitivement", "Erase for good")));
    await w.at("/a-decider/effacements");
    await w.look("effacements");
  });
  await w.step("their confirmations are taken down", async () => {
    await w.byKeyboard(w.button(w.say("Confirmé par", "Confirmed by")));
    await w.sees(w.say("La confirmation est notée", "The confirmation is taken down"));
    while (await w.page.getByRole("button", { name: w.say("Confirmé par", "Confirmed by") }).count()) {
      await w.press(w.say("Confirmé par", "Confirmed by"));
      await w.sees(w.say("La confirmation est notée", "The confirmation is taken down"));
    }
    await w.sees(w.say("Rien n’attend", "Nothing waits"));
  });
}
